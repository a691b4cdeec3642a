#include "crypto/ipsec_mb.h"

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "core/forward/testing.h"

namespace lisper::crypto {
namespace {

using testing::Buffer;
using testing::hex;

/// Test cases of "The Galois/Counter Mode of Operation (GCM)" by McGrew and Viega, appendix B, which NIST's
/// submission of the mode has, with nonces of 96 bits.
struct Vector {
  const char* name;
  const char* key;
  const char* nonce;
  const char* associated_data;
  const char* plain;
  const char* sealed;
  const char* tag;

  friend void PrintTo(const Vector& vector, std::ostream* out) { *out << vector.name; }
};

constexpr auto kPlain =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
    "ba637b39";
constexpr auto kPlainWhole =
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657"
    "ba637b391aafd255";
constexpr auto kData = "feedfacedeadbeeffeedfacedeadbeefabaddad2";
constexpr auto kZero128 = "00000000000000000000000000000000";
constexpr auto kZero256 = "0000000000000000000000000000000000000000000000000000000000000000";
constexpr auto kKey128 = "feffe9928665731c6d6a8f9467308308";
constexpr auto kKey256 = "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308";
constexpr auto kNonce = "cafebabefacedbaddecaf888";
constexpr auto kZeroNonce = "000000000000000000000000";

class GcmVectors : public ::testing::TestWithParam<Vector> {
 protected:
  struct Whole {
    Buffer text;
    Buffer tag;
    bool authentic = false;
  };
  [[nodiscard]] static Whole run(void (CryptoEngine::*call)(std::span<AeadJob>) const noexcept, const Vector& vector,
                                 const Whole& whole) {
    const auto key = ipsec_mb().make_key(CryptoEngine::Algorithm::kAesGcm, hex(vector.key));
    const Buffer data = hex(vector.associated_data);
    Buffer bytes = whole.text;
    bytes.insert(bytes.end(), whole.tag.begin(), whole.tag.end());
    AeadJob job{.key = key->get(),
                .text = bytes.data(),
                .length = static_cast<std::uint32_t>(whole.text.size()),
                .associated_length = static_cast<std::uint8_t>(data.size()),
                .authentic = false,
                .nonce = {},
                .associated_data = {}};
    std::ranges::copy(hex(vector.nonce), job.nonce.begin());
    std::ranges::copy(data, job.associated_data.begin());
    (ipsec_mb().*call)({&job, 1});
    const auto tag = bytes.begin() + static_cast<std::ptrdiff_t>(whole.text.size());
    return {{bytes.begin(), tag}, {tag, bytes.end()}, job.authentic};
  }
};

TEST_P(GcmVectors, Seals) {
  const Vector& vector = GetParam();
  const Whole sealed = run(&CryptoEngine::seal, vector, {hex(vector.plain), Buffer(kTagLength)});
  EXPECT_EQ(sealed.text, hex(vector.sealed));
  EXPECT_EQ(sealed.tag, hex(vector.tag));
}

TEST_P(GcmVectors, Opens) {
  const Vector& vector = GetParam();
  const Whole opened = run(&CryptoEngine::open, vector, {hex(vector.sealed), hex(vector.tag)});
  EXPECT_TRUE(opened.authentic);
  EXPECT_EQ(opened.text, hex(vector.plain));
}

TEST_P(GcmVectors, ForgeryIsNotAuthenticAndCanBeBroughtBack) {
  const Vector& vector = GetParam();
  for (std::size_t bit = 0; bit < 8 * kTagLength; ++bit) {
    Buffer tag = hex(vector.tag);
    tag[bit / 8] ^= static_cast<std::byte>(1 << bit % 8);
    const Whole opened = run(&CryptoEngine::open, vector, {hex(vector.sealed), tag});
    EXPECT_FALSE(opened.authentic);
    EXPECT_EQ(run(&CryptoEngine::seal, vector, {opened.text, Buffer(kTagLength)}).text, hex(vector.sealed));
  }
}

INSTANTIATE_TEST_SUITE_P(
    McGrewViega, GcmVectors,
    ::testing::Values(
        Vector{"1", kZero128, kZeroNonce, "", "", "", "58e2fccefa7e3061367f1d57a4e7455a"},
        Vector{"2", kZero128, kZeroNonce, "", kZero128, "0388dace60b6a392f328c2b971b2fe78",
               "ab6e47d42cec13bdf53a67b21257bddf"},
        Vector{
            "3", kKey128, kNonce, "", kPlainWhole,
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b39"
            "6a0aac973d58e091473f5985",
            "4d5c2af327cd64a62cf35abd2ba6fab4"},
        Vector{
            "4", kKey128, kNonce, kData, kPlain,
            "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e21d514b25466931c7d8f6a5aac84aa051ba30b39"
            "6a0aac973d58e091",
            "5bc94fbc3221a5db94fae95ae7121a47"},
        Vector{"13", kZero256, kZeroNonce, "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"},
        Vector{"14", kZero256, kZeroNonce, "", kZero128, "cea7403d4d606b6e074ec5d3baf39d18",
               "d0d1c8a799996bf0265b98b5d48ab919"},
        Vector{
            "16", kKey256, kNonce, kData, kPlain,
            "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e63"
            "93ba7a0abcc9f662",
            "76fc6ece0f4e1768cddf8853bb2d551b"}),
    [](const auto& test) { return std::string("Case") + test.param.name; });

TEST(IpsecMb, RefusesOtherKeyLengths) {
  for (const std::size_t length : {0u, 15u, 17u, 20u, 24u, 31u, 33u}) {
    EXPECT_FALSE(ipsec_mb().make_key(CryptoEngine::Algorithm::kAesGcm, Buffer(length))) << length;
  }
}

}  // namespace
}  // namespace lisper::crypto
