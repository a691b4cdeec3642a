"""make.py > scapy.txt: what hosts say in ARP and ND, by scapy. Lines are
ask NAME QUESTION ANSWER: by 00:00:00:00:aa:03, which is 10.0.0.3 and fd00::3, and by ...:aa:01, which is 10.0.0.1 and
fd00::1; for 10.0.0.5 and fd00::5 at ...:aa:05, and for the router fe80::5 there;
say NAME FRAME IP MAC ROUTER: what a frame says about its sender, - for nothing."""

import scapy
from scapy.layers.inet6 import (ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6ND_RA, ICMPv6ND_RS, ICMPv6NDOptDstLLAddr, ICMPv6NDOptMTU,
                                ICMPv6NDOptSrcLLAddr, ICMPv6NDOptUnknown, IPv6)
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

TARGET = "00:00:00:00:aa:05"
ASKERS = [("00:00:00:00:aa:03", "10.0.0.3", "fd00::3"), ("00:00:00:00:aa:01", "10.0.0.1", "fd00::1")]
PADDING = Raw(bytes(18))  # to the 60 bytes of a shortest frame


def show(what, question, answer):
    print("ask", what, bytes(question).hex(), bytes(answer).hex())


def ask(mac, source, target, group, option, **header):
    return (Ether(src=mac, dst=multicast(group)) / IPv6(src=source, dst=group, hlim=255, **header)
            / ICMPv6ND_NS(tgt=target) / option)


def multicast(group):
    low = int(group.rsplit(":", 2)[1], 16) << 16 | int(group.rsplit(":", 1)[1], 16)
    return "33:33:" + ":".join(f"{low >> shift & 0xff:02x}" for shift in (24, 16, 8, 0))


def advertise(mac, source, target, router):
    return (Ether(src=TARGET, dst=mac) / IPv6(src=target, dst=source, hlim=255)
            / ICMPv6ND_NA(tgt=target, R=router, S=1, O=1) / ICMPv6NDOptDstLLAddr(lladdr=TARGET))


print(f"# make.py, scapy {scapy.VERSION}")
for mac, ip, ip6 in ASKERS:
    request = Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / ARP(op="who-has", hwsrc=mac, psrc=ip, pdst="10.0.0.5")
    reply = Ether(src=TARGET, dst=mac) / ARP(op="is-at", hwsrc=TARGET, psrc="10.0.0.5", hwdst=mac, pdst=ip)
    show("arp", request, reply)
    show("arp-padded", request / PADDING, reply / PADDING)
    group, own = "ff02::1:ff00:5", ICMPv6NDOptSrcLLAddr(lladdr=mac)
    show("nd", ask(mac, ip6, "fd00::5", group, own), advertise(mac, ip6, "fd00::5", 0))
    show("nd-router", ask(mac, ip6, "fe80::5", group, own), advertise(mac, ip6, "fe80::5", 1))
    show("nd-nonce", ask(mac, ip6, "fd00::5", group, own / ICMPv6NDOptUnknown(type=14, len=1, data=b"nonce!")),
         advertise(mac, ip6, "fd00::5", 0))
    show("nd-marked", ask(mac, ip6, "fd00::5", group, own, tc=0xc0, fl=0x12345), advertise(mac, ip6, "fd00::5", 0))


def say(what, frame, ip="-", mac="-", router="-"):
    print("say", what, bytes(frame).hex(), ip, mac, router)


MAC, IP4, IP6, LOCAL = "00:00:00:00:aa:03", "10.0.0.3", "fd00::3", "fe80::3"
ALL, NODES = "ff:ff:ff:ff:ff:ff", "ff02::1"
everyone, one = Ether(src=MAC, dst=ALL), Ether(src=MAC, dst=TARGET)
say("arp-request", everyone / ARP(op=1, hwsrc=MAC, psrc=IP4, pdst="10.0.0.5"), IP4, MAC)
say("arp-request-to-one", one / ARP(op=1, hwsrc=MAC, psrc=IP4, hwdst=TARGET, pdst="10.0.0.5"), IP4, MAC)
say("arp-reply", one / ARP(op=2, hwsrc=MAC, psrc=IP4, hwdst=TARGET, pdst="10.0.0.5"), IP4, MAC)
say("arp-announcement", everyone / ARP(op=1, hwsrc=MAC, psrc=IP4, pdst=IP4), IP4, MAC)
say("arp-gratuitous-reply", everyone / ARP(op=2, hwsrc=MAC, psrc=IP4, hwdst=ALL, pdst=IP4), IP4, MAC)
say("arp-for-another", everyone / ARP(op=1, hwsrc="00:00:00:00:aa:09", psrc=IP4, pdst="10.0.0.5"), IP4, "00:00:00:00:aa:09")
say("arp-probe", everyone / ARP(op=1, hwsrc=MAC, psrc="0.0.0.0", pdst=IP4))
say("rarp", everyone / ARP(op=3, hwsrc=MAC, psrc=IP4, pdst="10.0.0.5"))
own, target = ICMPv6NDOptSrcLLAddr(lladdr=MAC), ICMPv6NDOptDstLLAddr(lladdr=MAC)
to_group = Ether(src=MAC, dst="33:33:ff:00:00:05") / IPv6(src=IP6, dst="ff02::1:ff00:5", hlim=255)
to_nodes = Ether(src=MAC, dst="33:33:00:00:00:01") / IPv6(src=IP6, dst=NODES, hlim=255)
from_local = Ether(src=MAC, dst="33:33:00:00:00:01") / IPv6(src=LOCAL, dst=NODES, hlim=255)
to_one = one / IPv6(src=IP6, dst="fd00::5", hlim=255)
say("ns", to_group / ICMPv6ND_NS(tgt="fd00::5") / own, IP6, MAC)
say("ns-to-one", to_one / ICMPv6ND_NS(tgt="fd00::5") / own, IP6, MAC)
say("ns-without-address", to_one / ICMPv6ND_NS(tgt="fd00::5"))
say("dad", Ether(src=MAC, dst="33:33:ff:00:00:03") / IPv6(src="::", dst="ff02::1:ff00:3", hlim=255) / ICMPv6ND_NS(tgt=IP6))
say("na", to_one / ICMPv6ND_NA(tgt=IP6, R=0, S=1, O=1) / target, IP6, MAC, 0)
say("na-router", to_one / ICMPv6ND_NA(tgt=IP6, R=1, S=1, O=1) / target, IP6, MAC, 1)
say("na-unsolicited", to_nodes / ICMPv6ND_NA(tgt=IP6, R=0, S=0, O=1) / target, IP6, MAC, 0)
say("na-anycast", to_one / ICMPv6ND_NA(tgt=IP6, R=0, S=1, O=0) / target)
say("na-without-address", to_one / ICMPv6ND_NA(tgt=IP6, R=0, S=1, O=1))
say("na-from-afar", one / IPv6(src=IP6, dst="fd00::5", hlim=254) / ICMPv6ND_NA(tgt=IP6, R=0, S=1, O=1) / target)
say("ra", from_local / ICMPv6ND_RA() / own / ICMPv6NDOptMTU(mtu=1400), LOCAL, MAC, 1)
say("ra-without-address", from_local / ICMPv6ND_RA() / ICMPv6NDOptMTU(mtu=1400))
say("rs", Ether(src=MAC, dst="33:33:00:00:00:02") / IPv6(src=LOCAL, dst="ff02::2", hlim=255) / ICMPv6ND_RS() / own)
