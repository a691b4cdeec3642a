#include "core/tables/location.h"

namespace lisper {

Location::Location(const Location& other)
    : header(other.header),
      header_length(other.header_length),
      ip_offset(other.ip_offset),
      kind(other.kind),
      ipv6(other.ipv6),
      udp(other.udp),
      entropy_port(other.entropy_port),
      counter(other.counter),
      resolved(other.resolved),
      mtu(other.mtu),
      port(other.port),
      exit(other.exit),
      network(other.network),
      up(other.up),
      sent(other.sent.load(std::memory_order_relaxed)),
      peer(other.peer),
      index(other.index) {}

}  // namespace lisper
