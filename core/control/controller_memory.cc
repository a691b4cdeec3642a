#include "core/control/controller_memory.h"

#include <algorithm>
#include <iterator>
#include <variant>

namespace lisper {

void ControllerMemory::keep(SetupMessage message) {
  std::visit([this](auto&& part) { keep(std::move(part)); }, std::move(message));
}

void ControllerMemory::keep(DecapKeysMessage message) {
  const std::pair source(message.rloc, message.port);
  if (decap_keys_.size() >= kMaxDecapKeys && !decap_keys_.contains(source)) {
    ++counters_.table_full;
    return;
  }
  decap_keys_[source] = std::move(message.keys);
}

ControllerView ControllerMemory::view() const {
  ControllerView view = view_;
  for (const auto& [source, secrets] : decap_keys_) {
    ControllerView::DecapKeys& keys = view.decap_keys.emplace_back();
    std::tie(keys.rloc, keys.port) = source;
    std::ranges::transform(secrets, std::back_inserter(keys.keys), &SecretKey::summary);
  }
  return view;
}

}  // namespace lisper
