"""make.py > scapy.txt: ESP packets by scapy (its layers.ipsec, on Python's cryptography), around L2TPv3 around frames of
scapy's. One packet a line: IP version, key, salt, SPI, sequence number, frame, and all behind the outer IP header."""

import struct

import scapy
from scapy.layers.inet import ICMP, IP, TCP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.layers.l2 import ARP, Ether
from scapy.packet import Raw

IID = 1
HOST, REMOTE = "00:00:00:00:aa:03", "00:00:00:00:aa:05"
ether = Ether(src=HOST, dst=REMOTE)
FRAMES = [
    ether / ARP(hwsrc=HOST, psrc="10.0.0.3", pdst="10.0.0.5"),
    ether / IP(src="10.0.0.3", dst="10.0.0.5") / ICMP() / Raw(bytes(range(56))),
    ether / IP(src="10.0.0.3", dst="10.0.0.5") / UDP(sport=1, dport=2) / Raw(b"a"),
    ether / IP(src="10.0.0.3", dst="10.0.0.5") / UDP(sport=1, dport=2) / Raw(b"ab"),
    ether / IP(src="10.0.0.3", dst="10.0.0.5") / UDP(sport=1, dport=2) / Raw(b"abc"),
    ether / IPv6(src="fd00::3", dst="fd00::5") / TCP(sport=3, dport=4) / Raw(b"x" * 300),
]
KEYS = [bytes(range(16)), bytes(range(100, 132))]
SALTS = [bytes(4), bytes.fromhex("deadbeef")]
NUMBERS = [1, 0xffffffff, 0x100000001, 0x7_00000009]

print(f"# make.py, scapy {scapy.VERSION}")
for outer in (IPv6(src="fd80:4::2", dst="fd80:8::2", nh=115), IP(src="10.4.0.2", dst="10.8.0.2", proto=115)):
    for key in KEYS:
        for salt in SALTS:
            for number in NUMBERS:
                for frame in FRAMES:
                    spi = 1 if salt == SALTS[0] else 0xcafe0001
                    sa = SecurityAssociation(ESP, spi=spi, crypt_algo="AES-GCM", crypt_key=key + salt)
                    l2tp = struct.pack(">I", IID) + bytes(8) + bytes(frame)
                    sealed = sa.encrypt(outer / Raw(l2tp), seq_num=number & 0xffffffff, iv=struct.pack(">Q", number),
                                        esn_en=True, esn=number >> 32)
                    print(outer.version, key.hex(), salt.hex(), spi, number, bytes(frame).hex(),
                          bytes(sealed[ESP]).hex())
