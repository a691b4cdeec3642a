#include "core/control/keys.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>

namespace lisper {
namespace {

/// The digits have been checked; an odd one is no key.
std::string bytes_of(const std::string& digits) {
  const auto value = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string bytes;
  if (digits.size() % 2 != 0) return bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    bytes.push_back(static_cast<char>(value(digits[i]) << 4 | value(digits[i + 1])));
  return bytes;
}

bool has_digits(const SecretKey& secret) noexcept { return !secret.cipher.empty(); }

}  // namespace

Keys::Keys(const LisperConfig& config, const CryptoEngine* engine, ControlCounters& counters)
    : engine_(engine), salt_(config.esp_salt), counters_(counters) {
  for (const LisperPeerConfig& lisper : config.lispers) peers_.try_emplace(lisper.ip);
}

void Keys::apply(const MapCacheMessage& message, TimeNs now, Outbox& out) {
  for (const MapCacheUpdate& update : message.updates) {
    if (update.remove) continue;
    for (const RlocRecord& record : update.rlocs) {
      if (!record.decap_keys.empty()) receive_with(record.rloc, record.decap_keys, now, out);
      if (!record.keys.empty()) send_with(record.rloc, record.keys, now, out);
    }
  }
}

void Keys::apply(const DecapKeysMessage& message, TimeNs now, Outbox& out) {
  receive_with(message.rloc, message.keys, now, out);
}

void Keys::send_with(const IpAddress& rloc, const std::vector<SecretKey>& secrets, TimeNs now, Outbox& out) {
  const auto found = peers_.find(rloc);
  const auto secret = std::ranges::find_if(secrets, has_digits);
  if (found == peers_.end() || secret == secrets.end()) return;
  Peer& peer = found->second;
  std::shared_ptr<OutboundSa> sa = sending_sa(*secret);
  if (sa == nullptr) {
    // What was sealed stays so, with the key that there is.
    if (!peer.sends_sealed) switch_to(rloc, peer, nullptr, out);
  } else if (peer.out == nullptr) {
    switch_to(rloc, peer, std::move(sa), out);
  } else if (sa == peer.out) {
    peer.next = nullptr;
    peer.switch_at = kNever;
  } else if (sa != peer.next) {
    peer.next = std::move(sa);
    peer.switch_at = now + kSwitchDelay;
  }
}

void Keys::switch_to(const IpAddress& rloc, Peer& peer, std::shared_ptr<OutboundSa> sa, Outbox& out) const {
  peer.sends_sealed = true;
  peer.out = std::move(sa);
  peer.next = nullptr;
  peer.switch_at = kNever;
  out.deltas.emplace_back(SetOutboundSa{rloc, peer.out});
}

void Keys::receive_with(const IpAddress& rloc, const std::vector<SecretKey>& secrets, TimeNs now, Outbox& out) {
  const auto peer = peers_.find(rloc);
  if (peer == peers_.end() || std::ranges::none_of(secrets, has_digits)) return;
  std::vector<Receiving>& in = peer->second.in;
  std::vector<Receiving> newest;
  bool changed = !std::exchange(peer->second.receives_sealed, true);
  for (const SecretKey& secret : secrets) {
    if (newest.size() == kMaxReceivingKeys) break;
    if (!has_digits(secret)) continue;
    Material material = bytes_of(secret.cipher);
    const auto known = std::ranges::find_if(
        in, [&](const Receiving& key) { return key.sa->sa.spi == secret.id && key.material == material; });
    if (known != in.end()) {
      known->until = kNever;
      newest.push_back(std::move(*known));
      in.erase(known);
    } else if (auto sa = receiving_sa(secret)) {
      newest.push_back({std::move(material), std::move(sa)});
      changed = true;
    }
  }
  // The ones before, while there is room for them.
  for (Receiving& key : in) {
    if (newest.size() == kMaxReceivingKeys) {
      changed = true;
      break;
    }
    key.until = std::min(key.until, now + kOverlap);
    newest.push_back(std::move(key));
  }
  in = std::move(newest);
  if (changed) put_receiving(rloc, peer->second, out);
}

void Keys::put_receiving(const IpAddress& rloc, const Peer& peer, Outbox& out) const {
  SetInboundSas delta{rloc, {}};
  std::ranges::transform(peer.in, std::back_inserter(delta.sas), &Receiving::sa);
  out.deltas.emplace_back(std::move(delta));
}

std::shared_ptr<OutboundSa> Keys::sending_sa(const SecretKey& secret) {
  const Material material = bytes_of(secret.cipher);
  const auto known = sending_.find(material);
  if (known != sending_.end() && known->second->sa.spi == secret.id) return known->second;
  auto key = make_key(secret, material);
  if (key == nullptr || known != sending_.end() || sending_.size() == kMaxSendingKeys || is_for_receiving(material)) {
    ++counters_.keys_refused;
    return nullptr;
  }
  ++counters_.keys_set;
  auto sa = std::make_shared<OutboundSa>(SaParameters{secret.id, salt_, std::move(key)});
  sending_.emplace(material, sa);
  return sa;
}

std::shared_ptr<InboundSa> Keys::receiving_sa(const SecretKey& secret) {
  const Material material = bytes_of(secret.cipher);
  auto key = make_key(secret, material);
  if (key == nullptr || sending_.contains(material)) {
    ++counters_.keys_refused;
    return nullptr;
  }
  ++counters_.keys_set;
  return std::make_shared<InboundSa>(SaParameters{secret.id, salt_, std::move(key)});
}

std::shared_ptr<const AeadKey> Keys::make_key(const SecretKey& secret, const Material& material) const {
  // RFC 4303 2.1: SPI 0 never appears on the wire.
  if (engine_ == nullptr || secret.id == 0) return nullptr;
  auto key = engine_->make_key(CryptoEngine::Algorithm::kAesGcm, std::as_bytes(std::span(material)));
  return key ? *std::move(key) : nullptr;
}

bool Keys::is_for_receiving(const Material& material) const {
  return std::ranges::any_of(peers_, [&](const auto& peer) {
    return std::ranges::find(peer.second.in, material, &Receiving::material) != peer.second.in.end();
  });
}

void Keys::tick(TimeNs now, Outbox& out) {
  for (auto& [rloc, peer] : peers_) {
    if (peer.switch_at <= now) switch_to(rloc, peer, std::move(peer.next), out);
    if (std::erase_if(peer.in, [&](const Receiving& key) { return key.until <= now; }) != 0)
      put_receiving(rloc, peer, out);
  }
}

TimeNs Keys::next_deadline() const noexcept {
  TimeNs next = kNever;
  for (const auto& [rloc, peer] : peers_) {
    next = std::min(next, peer.switch_at);
    for (const Receiving& key : peer.in) next = std::min(next, key.until);
  }
  return next;
}

}  // namespace lisper
