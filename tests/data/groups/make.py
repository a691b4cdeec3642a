"""make.py > scapy.txt: frames of IGMP, MLD and PIM by scapy, one a line: what is to be read from it, and the frame.

Those that are to be written come first: write GROUP or general, with a maximum response time in ms. The others say what
is to be read: report GROUP+ or GROUP- ... (wanted or not), query ROUTER? INTERVAL (seconds that a membership lasts), router, or error."""

import scapy
from scapy.contrib.igmp import IGMP
from scapy.contrib.igmpv3 import IGMPv3, IGMPv3gr, IGMPv3mq, IGMPv3mr
from scapy.layers.inet import IP, IPOption_Router_Alert
from scapy.layers.inet6 import (ICMPv6MLDMultAddrRec, ICMPv6MLDone, ICMPv6MLQuery, ICMPv6MLQuery2, ICMPv6MLReport,
                                ICMPv6MLReport2, IPv6, IPv6ExtHdrHopByHop, RouterAlert)
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Raw

HOST = "00:00:00:00:aa:03"
LINK_LOCAL = "fe80::200:ff:fe00:aa03"


def igmp(message, destination, source="10.0.0.3", tags=()):
    packet = Ether(src=HOST, dst="01:00:5e:00:00:01")
    for tag in tags:
        packet /= Dot1Q(vlan=tag)
    return packet / IP(src=source, dst=destination, ttl=1, tos=0xc0, options=[IPOption_Router_Alert()]) / message


def mld(message, destination, source=LINK_LOCAL, hop_limit=1, options=(RouterAlert(),)):
    packet = Ether(src=HOST, dst="33:33:00:00:00:01") / IPv6(src=source, dst=destination, hlim=hop_limit)
    return packet / IPv6ExtHdrHopByHop(options=list(options)) / message


def report3(*records):
    records = [IGMPv3gr(rtype=kind, maddr=group, srcaddrs=list(sources)) for kind, group, *sources in records]
    return igmp(IGMPv3(type=0x22) / IGMPv3mr(records=records), "224.0.0.22")


def report2(*records, source=LINK_LOCAL):
    records = [ICMPv6MLDMultAddrRec(rtype=kind, dst=group, sources=list(sources)) for kind, group, *sources in records]
    return mld(ICMPv6MLReport2(records=records), "ff02::16", source)


G, H, V6, W6 = "239.1.1.1", "224.129.1.1", "ff0e::1:1", "ff15::beef"
LINES = [
    (f"report {G}+", igmp(IGMP(type=0x12, gaddr=G), G)),
    (f"report {G}+", igmp(IGMP(type=0x16, gaddr=G), G)),
    (f"report {G}-", igmp(IGMP(type=0x17, gaddr=G), "224.0.0.2")),
    (f"report {G}+", igmp(IGMP(type=0x16, gaddr=G), G, tags=(5, 6))),
    (f"report {G}+", report3((4, G))),
    (f"report {G}-", report3((3, G))),
    (f"report {G}+ {H}-", report3((2, G), (3, H))),
    (f"report {G}+", report3((1, G, "10.0.0.9"))),
    (f"report {G}+ {H}-", report3((5, G, "10.0.0.9", "10.0.0.8"), (6, H, "10.0.0.9"))),
    ("report", report3((4, "224.0.0.251"))),
    ("report", report3((9, G))),
    ("query router 260", igmp(IGMP(type=0x11, mrcode=100), "224.0.0.1", "10.0.0.1")),
    ("query router 260", igmp(IGMPv3(type=0x11, mrcode=100) / IGMPv3mq(qrv=2, qqic=125), "224.0.0.1", "10.0.0.1")),
    ("query router 68", igmp(IGMPv3(type=0x11, mrcode=80) / IGMPv3mq(qrv=3, qqic=20), "224.0.0.1", "10.0.0.1")),
    ("query router 1044", igmp(IGMPv3(type=0x11, mrcode=0x8a) / IGMPv3mq(qrv=2, qqic=0xa0), "224.0.0.1", "10.0.0.1")),
    ("query bridge 260", igmp(IGMPv3(type=0x11, mrcode=100) / IGMPv3mq(qrv=2, qqic=125, gaddr=G), G, "0.0.0.0")),
    (f"report {V6}+", mld(ICMPv6MLReport(mladdr=V6), V6)),
    (f"report {V6}-", mld(ICMPv6MLDone(mladdr=V6), "ff02::2")),
    (f"report {V6}+ {W6}-", report2((4, V6), (3, W6))),
    (f"report {V6}+", report2((2, V6), (2, "ff02::1:ff00:aa03"), source="::")),
    (f"report {V6}+ {W6}-", report2((5, V6, "2001:db8::1"), (6, W6, "2001:db8::1", "2001:db8::2"))),
    ("query router 260", mld(ICMPv6MLQuery(mrd=10000), "ff02::1")),
    ("query router 260", mld(ICMPv6MLQuery2(mrd=10000, QRV=2, QQIC=125), "ff02::1")),
    ("query router 214", mld(ICMPv6MLQuery2(mrd=0x8f42, QRV=2, QQIC=75, mladdr=V6), V6)),
    ("query bridge 260", mld(ICMPv6MLQuery2(mrd=10000, QRV=2, QQIC=125), "ff02::1", "fe80::ffff:ffff:ffff:ffff")),
    ("router", Ether(src=HOST, dst="01:00:5e:00:00:0d") / IP(src="10.0.0.1", dst="224.0.0.13", proto=103, ttl=1)
     / Raw(bytes.fromhex("2000dedb00010002006900140004deadbeef"))),
    ("router", Ether(src=HOST, dst="33:33:00:00:00:0d") / IPv6(src=LINK_LOCAL, dst="ff02::d", nh=103, hlim=1)
     / Raw(bytes.fromhex("20000000000100020069"))),
    ("error", Ether(src=HOST, dst="01:00:5e:00:00:0d") / IP(src="10.0.0.1", dst="224.0.0.13", proto=103, ttl=1)
     / Raw(bytes.fromhex("2300dedb"))),
    ("error", igmp(IGMP(type=0x16, gaddr=G, chksum=1), G)),
    ("error", igmp(IGMP(type=0x16, gaddr="10.0.0.1"), G)),
    ("error", igmp(IGMP(type=0x13, gaddr=G), G)),
    ("error", mld(ICMPv6MLReport(mladdr=V6), V6, hop_limit=255)),
    ("error", mld(ICMPv6MLReport(mladdr=V6), V6, source="2001:db8::3")),
    ("error", mld(ICMPv6MLReport(mladdr=V6, cksum=1), V6)),
    ("error", mld(ICMPv6MLReport(mladdr=V6), V6, options=())),
    ("error", mld(ICMPv6MLQuery(mrd=10000), "ff02::1", source="::")),
]

SELF = "00:00:00:00:01:04"
IGMP_QUERY = IP(src="0.0.0.0", ttl=1, tos=0xc0, id=0, options=[IPOption_Router_Alert()])
MLD_QUERY = IPv6(src="fe80::ffff:ffff:ffff:ffff", hlim=1) / IPv6ExtHdrHopByHop(options=[RouterAlert()])
WRITTEN = [
    ("write general4 2000", Ether(src=SELF, dst="01:00:5e:00:00:01") / IGMP_QUERY
     / IGMPv3(type=0x11, mrcode=20) / IGMPv3mq(qrv=2, qqic=125)),
    (f"write {G} 1000", Ether(src=SELF, dst="01:00:5e:01:01:01") / IGMP_QUERY
     / IGMPv3(type=0x11, mrcode=10) / IGMPv3mq(qrv=2, qqic=125, gaddr=G)),
    ("write general6 2000", Ether(src=SELF, dst="33:33:00:00:00:01") / MLD_QUERY
     / ICMPv6MLQuery2(mrd=2000, QRV=2, QQIC=125)),
    (f"write {V6} 1000", Ether(src=SELF, dst="33:33:00:01:00:01") / MLD_QUERY
     / ICMPv6MLQuery2(mrd=1000, QRV=2, QQIC=125, mladdr=V6)),
]
for (expected, frame), destination in zip(WRITTEN, ("224.0.0.1", G, "ff02::1", V6)):
    frame[1].dst = destination

print(f"# make.py, scapy {scapy.VERSION}")
for expected, frame in WRITTEN + LINES:
    print(f"{expected}: {bytes(frame).hex()}")
