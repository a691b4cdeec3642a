// Preloaded into the program under nic82599. BAR 0 of a modelled port is mapped without any access right, so that
// each access faults, and is carried out by the model before the program goes on: registers that clear when they are
// read are exact. Nothing else of the program is touched. Uses the C library only.

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include "nic-model/channel.h"
#include "nic-model/registers.h"
#include "nic-model/shim/instruction.h"

namespace {

using lisper::nic::Channel;
namespace reg = lisper::nic::reg;

// Programs map a port's BAR once; more often is possible.
struct Mapping {
  std::atomic<std::uintptr_t> base;
  std::atomic<std::size_t> bytes;
  std::uint32_t port;
};
constexpr std::size_t kMappings = 32;

Channel* g_channel = nullptr;
int g_doorbell = -1;
Mapping g_mappings[kMappings];
struct sigaction g_previous;

int open_raw(const char* path, int flags, mode_t mode = 0) {
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}
void* map_raw(void* address, std::size_t bytes, int protection, int flags, int fd, off_t offset) {
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, bytes, protection, flags, fd, offset));
}

[[noreturn]] void give_up(const char* why, const std::uint8_t* code) {
  char text[160];
  int length = snprintf(text, sizeof text, "nic82599: %s", why);
  for (int i = 0; code != nullptr && i < 12; ++i)
    length += snprintf(text + length, sizeof text - static_cast<std::size_t>(length), " %02x", code[i]);
  text[length++] = '\n';
  if (write(STDERR_FILENO, text, static_cast<std::size_t>(length)) < 0) _exit(4);
  _exit(4);
}

std::uint32_t access_register(std::uint32_t port, std::uint32_t offset, std::uint32_t value, bool is_write) {
  Channel& channel = *g_channel;
  const std::uint64_t position = channel.next.fetch_add(1, std::memory_order_relaxed);
  Channel::Slot& slot = channel.slots[position % Channel::kSlots];
  const auto wait_for = [&slot](std::uint64_t turn) {
    // The model is quick, and on a busy machine who gives the processor away has it back much later.
    constexpr unsigned kSpins = 2000;
    for (unsigned tries = 0; slot.turn.load(std::memory_order_acquire) != turn; ++tries)
      tries < kSpins ? __builtin_ia32_pause() : static_cast<void>(sched_yield());
  };
  wait_for(position);
  slot.request = {port, offset, value, is_write};
  slot.turn.store(position + 1, std::memory_order_seq_cst);
  if (channel.sleeping.exchange(0, std::memory_order_seq_cst) != 0) {
    const char byte = 0;
    // A full FIFO wakes the model as well.
    if (write(g_doorbell, &byte, 1) < 0 && errno != EAGAIN) give_up("the model is gone", nullptr);
  }
  if (is_write) return 0;
  wait_for(position + 2);
  const std::uint32_t answer = slot.request.value;
  slot.turn.store(position + Channel::kSlots, std::memory_order_release);
  return answer;
}

greg_t& register_of(ucontext_t& context, std::uint8_t number) {
  // In the order in which instructions number them.
  static constexpr int kIndex[] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
                                   REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};
  return context.uc_mcontext.gregs[kIndex[number]];
}

void on_fault(int, siginfo_t* info, void* raw_context) {
  const int saved_errno = errno;
  auto& context = *static_cast<ucontext_t*>(raw_context);
  const auto address = reinterpret_cast<std::uintptr_t>(info->si_addr);
  for (const Mapping& mapping : g_mappings) {
    const std::uintptr_t at = address - mapping.base.load(std::memory_order_acquire);
    if (at >= mapping.bytes.load(std::memory_order_acquire)) continue;
    greg_t& pointer = context.uc_mcontext.gregs[REG_RIP];
    const auto* code = reinterpret_cast<const std::uint8_t*>(pointer);
    // The instruction may end on the last byte of a page, with nothing behind: look no further than it if need be.
    const std::size_t in_page = 4096 - (reinterpret_cast<std::uintptr_t>(code) & 4095);
    auto instruction = lisper::nic::decode({code, in_page < 15 ? in_page : 15});
    if (!instruction && in_page < 15) instruction = lisper::nic::decode({code, 15});
    if (!instruction) give_up("a register was accessed by an instruction other than a 32-bit move:", code);
    const auto offset = static_cast<std::uint32_t>(at);
    if (instruction->store) {
      const auto value = instruction->immediate.value_or(
          static_cast<std::uint32_t>(register_of(context, instruction->register_number)));
      access_register(mapping.port, offset, value, true);
    } else {
      register_of(context, instruction->register_number) =
          static_cast<greg_t>(access_register(mapping.port, offset, 0, false));
    }
    pointer += static_cast<greg_t>(instruction->length);
    errno = saved_errno;
    return;
  }
  // A fault of the program's own: it happens again, to whom it would have come without us.
  sigaction(SIGSEGV, &g_previous, nullptr);
  errno = saved_errno;
}

void* map_file(const char* variable, std::size_t bytes) {
  const char* path = getenv(variable);
  if (path == nullptr) return nullptr;
  const int fd = open_raw(path, O_RDWR | O_CLOEXEC);
  if (fd < 0) return nullptr;
  void* memory = map_raw(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  return memory == MAP_FAILED ? nullptr : memory;
}

/// This process ends when the model does: its registers would never answer.
void tie_to_model() {
  const char* path = getenv(lisper::nic::kLifelineVariable);
  const int fd = path == nullptr ? -1 : open_raw(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0 || fcntl(fd, F_SETOWN, getpid()) != 0 || fcntl(fd, F_SETSIG, SIGKILL) != 0 ||
      fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC) != 0)
    give_up("cannot watch the model", nullptr);
}

/// The port whose BAR 0 this file is, or -1.
int port_of(int fd) {
  if (g_channel == nullptr || fd < 0) return -1;
  struct stat status {};
  if (fstat(fd, &status) != 0) return -1;
  for (std::uint32_t i = 0; i < g_channel->ports && i < lisper::nic::kMaxPorts; ++i)
    if (g_channel->bars[i].device == status.st_dev && g_channel->bars[i].inode == status.st_ino)
      return static_cast<int>(i);
  return -1;
}

void* map_bar(int port, void* address, std::size_t bytes, int flags, int fd) {
  void* memory = map_raw(address, bytes, PROT_NONE, flags, fd, 0);
  if (memory == MAP_FAILED) return memory;
  for (Mapping& mapping : g_mappings) {
    if (mapping.bytes.load(std::memory_order_relaxed) != 0) continue;
    mapping.port = static_cast<std::uint32_t>(port);
    mapping.base.store(reinterpret_cast<std::uintptr_t>(memory), std::memory_order_release);
    mapping.bytes.store(bytes, std::memory_order_release);
    static bool ready = false;
    if (!ready) {
      ready = true;
      tie_to_model();
      struct sigaction action {};
      action.sa_sigaction = on_fault;
      action.sa_flags = SA_SIGINFO;
      sigfillset(&action.sa_mask);
      sigaction(SIGSEGV, &action, &g_previous);
    }
    g_channel->owner.store(getpid(), std::memory_order_release);
    return memory;
  }
  give_up("BARs are mapped too often", nullptr);
}

/// A path under /dev and /sys that only the tree of modelled ports has.
const char* redirect(const char* path, char* buffer, std::size_t size) {
  static constexpr char kDevice[] = "/dev/uio";
  static constexpr char kClass[] = "/sys/class/uio/";
  const char* tree = getenv(lisper::nic::kTreeVariable);
  if (tree == nullptr || path == nullptr) return path;
  if (strncmp(path, kDevice, sizeof kDevice - 1) == 0)
    snprintf(buffer, size, "%s/dev/uio%s", tree, path + sizeof kDevice - 1);
  else if (strncmp(path, kClass, sizeof kClass - 1) == 0)
    snprintf(buffer, size, "%s/uio/%s", tree, path + sizeof kClass - 1);
  else
    return path;
  return buffer;
}

__attribute__((constructor)) void start() {
  g_channel = static_cast<Channel*>(map_file(lisper::nic::kChannelVariable, sizeof(Channel)));
  if (const char* path = getenv(lisper::nic::kDoorbellVariable); path != nullptr)
    g_doorbell = open_raw(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
}

}  // namespace

// What the program calls in place of the C library's.
extern "C" {

void* mmap(void* address, std::size_t bytes, int protection, int flags, int fd, off_t offset) noexcept {
  const int port = port_of(fd);
  if (port >= 0 && offset == 0 && bytes <= reg::kBarBytes) return map_bar(port, address, bytes, flags, fd);
  return map_raw(address, bytes, protection, flags, fd, offset);
}
void* mmap64(void* address, std::size_t bytes, int protection, int flags, int fd, off64_t offset) noexcept {
  return mmap(address, bytes, protection, flags, fd, offset);
}

int munmap(void* address, std::size_t bytes) noexcept {
  for (Mapping& mapping : g_mappings)
    if (mapping.base.load(std::memory_order_relaxed) == reinterpret_cast<std::uintptr_t>(address)) {
      mapping.bytes.store(0, std::memory_order_release);
      mapping.base.store(0, std::memory_order_release);
    }
  return static_cast<int>(syscall(SYS_munmap, address, bytes));
}

int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & (O_CREAT | O_TMPFILE)) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
  }
  char buffer[512];
  return open_raw(redirect(path, buffer, sizeof buffer), flags, mode);
}
int open64(const char* path, int flags, ...) __attribute__((alias("open")));

}  // extern "C"
