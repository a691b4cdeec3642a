#include "crypto/ipsec_mb.h"

#include <intel-ipsec-mb.h>

#include <cstring>
#include <new>
#include <string>

namespace lisper::crypto {
namespace {

struct GcmKey final : AeadKey {
  GcmKey() = default;
  ~GcmKey() override { explicit_bzero(&data, sizeof data); }

  alignas(64) gcm_key_data data;
  aes_gcm_enc_dec_t encrypt = nullptr;
  aes_gcm_enc_dec_t decrypt = nullptr;
};

const std::uint8_t* octets(const std::byte* bytes) noexcept { return reinterpret_cast<const std::uint8_t*>(bytes); }
std::uint8_t* octets(std::byte* bytes) noexcept { return reinterpret_cast<std::uint8_t*>(bytes); }

/// In time that does not tell where they differ.
bool equal(const std::byte* a, const std::byte* b) noexcept {
  std::uint64_t x[2];
  std::uint64_t y[2];
  static_assert(sizeof x == kTagLength);
  std::memcpy(x, a, sizeof x);
  std::memcpy(y, b, sizeof y);
  return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

/// The library's manager is used for its table of functions only; it has no GCM over several buffers.
class IpsecMb final : public CryptoEngine {
 public:
  IpsecMb() : manager_(alloc_mb_mgr(0)) {
    if (manager_ == nullptr) throw std::bad_alloc();
    init_mb_mgr_auto(manager_, nullptr);
  }
  ~IpsecMb() override { free_mb_mgr(manager_); }

  [[nodiscard]] Result<std::shared_ptr<const AeadKey>> make_key(Algorithm /*algorithm*/, Bytes key) const override {
    auto made = std::make_shared<GcmKey>();
    if (key.size() == IMB_GCM_128_KEY_LEN) {
      IMB_AES128_GCM_PRE(manager_, octets(key.data()), &made->data);
      made->encrypt = manager_->gcm128_enc;
      made->decrypt = manager_->gcm128_dec;
    } else if (key.size() == IMB_GCM_256_KEY_LEN) {
      IMB_AES256_GCM_PRE(manager_, octets(key.data()), &made->data);
      made->encrypt = manager_->gcm256_enc;
      made->decrypt = manager_->gcm256_dec;
    } else {
      return fail("an AES-GCM key has 16 or 32 bytes, not " + std::to_string(key.size()));
    }
    return made;
  }

  void seal(std::span<AeadJob> jobs) const noexcept override {
    gcm_context_data context;
    for (AeadJob& job : jobs) {
      const auto& key = static_cast<const GcmKey&>(*job.key);
      std::uint8_t* const text = octets(job.text);
      key.encrypt(&key.data, &context, text, text, job.length, octets(job.nonce.data()),
                  octets(job.associated_data.data()), job.associated_length, text + job.length, kTagLength);
    }
  }

  void open(std::span<AeadJob> jobs) const noexcept override {
    gcm_context_data context;
    for (AeadJob& job : jobs) {
      const auto& key = static_cast<const GcmKey&>(*job.key);
      std::uint8_t* const text = octets(job.text);
      std::byte tag[kTagLength];
      key.decrypt(&key.data, &context, text, text, job.length, octets(job.nonce.data()),
                  octets(job.associated_data.data()), job.associated_length, octets(tag), kTagLength);
      job.authentic = equal(tag, job.text + job.length);
    }
  }

 private:
  IMB_MGR* manager_;
};

}  // namespace

const CryptoEngine& ipsec_mb() {
  static const IpsecMb engine;
  return engine;
}

}  // namespace lisper::crypto
