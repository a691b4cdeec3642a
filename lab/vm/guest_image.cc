#include "lab/vm/guest_image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "lab/process.h"
#include "lab/vm/guest_files.h"
#include "lab/vm/qemu.h"
#include "lab/vm/virtual_machine.h"

namespace lisper::lab {

namespace {

namespace fs = std::filesystem;
using Progress = std::function<void(std::string_view)>;

/// Where KVM works, a boot takes a second or two; where it only pretends to, minutes.
constexpr std::chrono::seconds kKvmPatience{15};

std::string read_file(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool write_file(const fs::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::trunc);
  file << text << std::flush;
  return static_cast<bool>(file);
}

/// FNV-1a: of an image made by other scripts another folder.
std::string fingerprint() {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const std::string_view text : {guest_files::kBuild, guest_files::kServe, guest_files::kStart})
    for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return fmt::format("{:016x}", hash);
}

/// A folder beside `folder` that is removed with this, unless it has taken its place.
class Draft {
 public:
  explicit Draft(const fs::path& folder) : folder_(folder), path_(fmt::format("{}.{}", folder.string(), ::getpid())) {
    fs::create_directories(path_, error_);
  }
  ~Draft() { fs::remove_all(path_, error_); }
  Draft(const Draft&) = delete;
  Draft& operator=(const Draft&) = delete;
  [[nodiscard]] const fs::path& path() const noexcept { return path_; }
  /// Somebody else may have been faster, which is as good.
  void commit() { fs::rename(path_, folder_, error_); }

 private:
  fs::path folder_;
  fs::path path_;
  std::error_code error_;
};

Result<void> build(const fs::path& folder, const Progress& progress) {
  progress("making an image for virtual machines; the kernel is downloaded once");
  Draft draft(folder);
  if (!write_file(draft.path() / "build", guest_files::kBuild) ||
      !write_file(draft.path() / "serve", guest_files::kServe) ||
      !write_file(draft.path() / "start", guest_files::kStart))
    return fail(fmt::format("cannot write {}", draft.path().string()));
  auto made = must_run({"sh", (draft.path() / "build").string(), draft.path().string()});
  if (!made) return fail(fmt::format("cannot make an image for virtual machines: {}", made.error().message));
  draft.commit();
  if (!fs::exists(folder / "initramfs")) return fail(fmt::format("cannot make {}", folder.string()));
  return {};
}

/// The answer is kept until another kernel runs here.
Accelerator choose_accelerator(const GuestImage& image, const fs::path& folder, const Progress& progress) {
  const FileDescriptor kvm(::open("/dev/kvm", O_RDWR | O_CLOEXEC));
  if (!kvm) return Accelerator::kTcg;
  const fs::path file = folder / "accelerator";
  const std::string machine = read_file("/proc/version");
  const auto answer = [&](Accelerator accelerator) { return fmt::format("{}\n{}", name_of(accelerator), machine); };
  const std::string kept = read_file(file);
  for (const auto accelerator : {Accelerator::kTcg, Accelerator::kKvm})
    if (kept == answer(accelerator)) return accelerator;

  progress("finding out whether KVM works here");
  const Draft trial(fs::temp_directory_path() / "lisper-kvm-trial");  // short, for sockets have short names
  GuestImage with_kvm = image;
  with_kvm.accelerator = Accelerator::kKvm;
  auto guest = start_guest(qemu_command("trial", trial.path(), with_kvm), {}, trial.path(), kKvmPatience);
  const auto chosen = guest ? Accelerator::kKvm : Accelerator::kTcg;
  write_file(file, answer(chosen));
  progress(guest ? "virtual machines use KVM" : "KVM does not boot the guest here: QEMU emulates the processor");
  return chosen;
}

}  // namespace

std::string_view name_of(Accelerator accelerator) noexcept { return accelerator == Accelerator::kKvm ? "kvm" : "tcg"; }

Result<GuestImage> GuestImage::prepare(const fs::path& cache, const Progress& progress) {
  if (const auto version = lab::run({"qemu-system-x86_64", "--version"}); !version)
    return fail("qemu-system-x86_64 is missing: apt-get install qemu-system-x86");
  std::error_code error;
  fs::create_directories(cache, error);
  const fs::path folder = fs::absolute(cache) / ("guest-" + fingerprint());
  if (!fs::exists(folder / "initramfs"))
    if (auto built = build(folder, progress); !built) return tl::unexpected(built.error());
  GuestImage image{folder / "vmlinuz", folder / "initramfs"};
  image.accelerator = choose_accelerator(image, folder, progress);
  return image;
}

}  // namespace lisper::lab
