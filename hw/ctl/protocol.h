#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <variant>

#include "core/base/result.h"
#include "hw/ctl/handler.h"

/// The control socket's language. A request is a JSON object on a line, and so is each answer:
///   {"show":"status"}                         -> {"ok":true,"status":{...}}, tables without rows
///   {"show":"status","rows":100}              -> the same with up to so many rows of FIB and map-cache each
///   {"clear":"counters"}                      -> {"ok":true}
///   {"look_up":{"iid":1,"mac":"02:.."}}       -> {"ok":true,"leads_to":"interface e1"}
///   {"trace":10}, {"trace":10,"port":"e0"}    -> {"ok":true,"trace":10}, a {"packet":{...}} each, and at the end
///                                                {"done":true,"sent":9,"lost":1}
///   anything else                             -> {"ok":false,"error":"...","hint":"..."}
namespace lisper::hw::ctl {

inline constexpr std::size_t kMaxRequest = 4096;     ///< [bytes] of a line
inline constexpr std::size_t kMaxRows = 10'000;      ///< of a table in one answer
inline constexpr std::uint32_t kMaxTrace = 1 << 20;  ///< [packets]

struct ShowStatus {
  std::size_t rows = 0;
};
struct ClearCounters {};
struct Trace {
  std::uint32_t count = 0;
  std::string port;  ///< empty: any
};
struct LookUp {
  Iid iid;
  MacAddress mac;
};
using Request = std::variant<ShowStatus, ClearCounters, Trace, LookUp>;

struct Refusal {
  std::string error;
  std::string hint;
};

[[nodiscard]] tl::expected<Request, Refusal> parse_request(std::string_view line);
/// What parse_request() reads, without a newline.
[[nodiscard]] std::string to_line(const Request& request);

// Answers, each a whole line with its newline.
[[nodiscard]] std::string ok_line(nlohmann::ordered_json members = nlohmann::ordered_json::object());
[[nodiscard]] std::string refusal_line(const Refusal& refusal);
[[nodiscard]] std::string packet_line(const TracedPacket& packet);
[[nodiscard]] std::string done_line(std::uint32_t sent, std::uint32_t lost);

/// What stands under "packet" in packet_line().
[[nodiscard]] Result<TracedPacket> packet_from_json(const nlohmann::ordered_json& json);

}  // namespace lisper::hw::ctl
