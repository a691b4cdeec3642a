#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "core/base/json.h"
#include "core/control/punt_message.h"
#include "core/control/testing.h"

namespace {

using namespace lisper;
using namespace lisper::testing;

LisperConfig config() {
  LisperConfig c = two_exit_site();
  c.statistics_interval = seconds(5);
  return c;
}

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

/// Datagrams, separated by zero bytes, to a site that applies what comes of them.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Site site(config());
  site.start();
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  while (!rest.empty()) {
    const auto malformed_before = site.counters().malformed;
    const ControllerView view_before = site.control().controller_view();
    const std::string_view datagram = rest.substr(0, rest.find('\0'));
    rest.remove_prefix(std::min(rest.size(), datagram.size() + 1));
    site.message(datagram);
    const bool malformed = site.counters().malformed != malformed_before;
    require(!malformed || (site.out().empty() && site.control().controller_view() == view_before));
  }
  // Who is relayed to is in the list, and behind itself.
  const Tables& tables = site.tables();
  const auto require_relays = [&](ReplicationListId list) {
    for (const Relay& relay : tables.relays(list)) {
      const auto places = tables.replication(list);
      require(std::ranges::find(places, relay.to) != places.end());
      require(std::ranges::binary_search(relay.behind, relay.to) && !relayed(tables.relays(list), relay.to, relay.to));
    }
  };
  require_relays(Tables::flood_list(NetworkId(1)));
  // What was sent by these entries can be told.
  Usage usage = Usage::counting();
  std::size_t sources = 0;
  for (const auto& row : site.control().map_cache()) {
    const NetworkId network = *tables.network_of(row.iid);
    SourceEntryId id;
    if (!row.source.is_zero()) {
      const SourceEntry* entry = tables.sources().find({FibKey(network, row.source), FibKey(network, row.mac)});
      require(entry != nullptr);
      require_relays(entry->list);
      id = entry->id;
      ++sources;
    }
    for (const IpAddress& rloc : row.rlocs)
      if (const auto location = tables.lisper_location(rloc, network))
        usage.count_sent(network, row.mac, row.length, *location, 100, site.now, id);
  }
  require(tables.sources().size() == sources);
  site.control().on_usage(usage, site.now);
  site.run_until(site.now + seconds(6));
  for (const std::string& message : site.out().messages)
    require(message.size() <= kMaxPuntBytes && json::Document::parse(message).has_value());
  // After a flush nothing is left.
  site.message(R"({"type": "entire-map-cache", "entries": []})");
  require(site.control().map_cache().empty() && tables.fib().size() == 0 && site.flood() == site.local());
  require(tables.sources().size() == 0 && tables.relays(Tables::flood_list(NetworkId(1))).empty());
  return 0;
}
