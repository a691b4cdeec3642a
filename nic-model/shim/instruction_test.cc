#include "nic-model/shim/instruction.h"

#include <gtest/gtest.h>

#include <vector>

// The code is what GNU as makes of the comments.
namespace lisper::nic {
namespace {

std::optional<Instruction> decode_all(std::vector<std::uint8_t> code) {
  const auto result = decode(code);
  // Never looks past the end.
  for (std::size_t size = 0; result && size < result->length; ++size) EXPECT_FALSE(decode(std::span(code).first(size)));
  return result;
}

TEST(Instruction, Loads) {
  const auto plain = decode_all({0x8b, 0x07});  // mov (%rdi),%eax
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->length, 2u);
  EXPECT_FALSE(plain->store);
  EXPECT_EQ(plain->register_number, 0);
  const auto far = decode_all({0x45, 0x8b, 0xac, 0x24, 0xa4, 0x42, 0x00, 0x00});  // mov 0x42a4(%r12),%r13d
  ASSERT_TRUE(far);
  EXPECT_EQ(far->length, 8u);
  EXPECT_EQ(far->register_number, 13);
  const auto indexed = decode_all({0x8b, 0x4c, 0x86, 0x10});  // mov 0x10(%rsi,%rax,4),%ecx
  ASSERT_TRUE(indexed);
  EXPECT_EQ(indexed->length, 4u);
  EXPECT_EQ(indexed->register_number, 1);
  const auto absolute = decode_all({0x8b, 0x14, 0x25, 0x00, 0x10, 0x00, 0x00});  // mov 0x1000,%edx
  ASSERT_TRUE(absolute);
  EXPECT_EQ(absolute->length, 7u);
  const auto relative = decode_all({0x8b, 0x05, 0x00, 0x10, 0x00, 0x00});  // mov 0x1000(%rip),%eax
  ASSERT_TRUE(relative);
  EXPECT_EQ(relative->length, 6u);
}

TEST(Instruction, Stores) {
  const auto plain = decode_all({0x44, 0x89, 0x02});  // mov %r8d,(%rdx)
  ASSERT_TRUE(plain);
  EXPECT_TRUE(plain->store);
  EXPECT_EQ(plain->register_number, 8);
  const auto constant = decode_all({0xc7, 0x40, 0x08, 0x04, 0x03, 0x02, 0x01});  // movl $0x1020304,0x8(%rax)
  ASSERT_TRUE(constant);
  EXPECT_EQ(constant->length, 7u);
  EXPECT_EQ(constant->immediate, 0x01020304u);
  const auto direct = decode_all({0x0f, 0x38, 0xf9, 0x0a});  // movdiri %ecx,(%rdx)
  ASSERT_TRUE(direct);
  EXPECT_TRUE(direct->store);
  EXPECT_EQ(direct->length, 4u);
  EXPECT_EQ(direct->register_number, 1);
}

TEST(Instruction, RefusesAllElse) {
  EXPECT_FALSE(decode_all({0x48, 0x8b, 0x07}));  // mov (%rdi),%rax: 64 bits
  EXPECT_FALSE(decode_all({0x8b, 0xc1}));        // mov %ecx,%eax: no memory
  EXPECT_FALSE(decode_all({0x03, 0x07}));        // add (%rdi),%eax
  EXPECT_FALSE(decode_all({0x66, 0x8b, 0x07}));  // mov (%rdi),%ax
  EXPECT_FALSE(decode_all({0x0f, 0xb7, 0x07}));  // movzwl (%rdi),%eax
}

}  // namespace
}  // namespace lisper::nic
