#include "runtime/cpu_features.h"

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#endif

namespace weft {

#if defined(__x86_64__)
namespace {

struct Registers {
  uint32_t a = 0, b = 0, c = 0, d = 0;
};

Registers cpuid(uint32_t leaf, uint32_t subleaf) {
  Registers r;
  if (__get_cpuid_count(leaf, subleaf, &r.a, &r.b, &r.c, &r.d) == 0) return Registers{};
  return r;
}

uint64_t enabledStates() {
  uint32_t low = 0, high = 0;
  asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<uint64_t>(high) << 32) | low;
}

constexpr bool bit(uint32_t value, int index) { return ((value >> index) & 1u) != 0; }

// Linux saves tile registers only for processes that ask; the permission then holds for all their threads.
bool tilesGranted() {
#if defined(__linux__) && defined(SYS_arch_prctl)
  constexpr int kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr int kTileData = 18;               // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
#else
  return false;
#endif
}

std::string brand() {
  char text[49] = {};
  for (uint32_t i = 0; i < 3; ++i) {
    const Registers r = cpuid(0x80000002u + i, 0);
    std::memcpy(text + 16 * i, &r, 16);
  }
  std::string name(text);
  const size_t last = name.find_last_not_of(' ');
  return last == std::string::npos ? std::string() : name.substr(0, last + 1);
}

}  // namespace

CpuFeatures detectCpuFeatures() {
  CpuFeatures features;
  features.name = brand();
  const Registers one = cpuid(1, 0);
  if (!bit(one.c, 27)) return features;  // OSXSAVE
  const uint64_t states = enabledStates();
  const bool ymm = (states & 0x6) == 0x6;
  const bool zmm = ymm && (states & 0xe0) == 0xe0;
  const bool tiles = (states & 0x60000) == 0x60000;
  const Registers seven = cpuid(7, 0);
  const Registers sevenOne = cpuid(7, 1);
  const bool fma = bit(one.c, 12), f16c = bit(one.c, 29);
  features.avx2 = ymm && fma && f16c && bit(seven.b, 5) && bit(seven.b, 8);
  features.avx512 = features.avx2 && zmm && bit(seven.b, 16) && bit(seven.b, 17) && bit(seven.b, 30) && bit(seven.b, 31);
  features.avx512bf16 = features.avx512 && bit(sevenOne.a, 5);
  features.avx512fp16 = features.avx512 && bit(seven.d, 23);
  features.amxBf16 = features.avx512bf16 && tiles && bit(seven.d, 24) && bit(seven.d, 22) && tilesGranted();
  const Registers zero = cpuid(0, 0);
  features.sharedVectorPorts = zero.b == 0x756e6547u;  // "Genu" of GenuineIntel
  return features;
}

#else

CpuFeatures detectCpuFeatures() { return {}; }

#endif

}  // namespace weft
