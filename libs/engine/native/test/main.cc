#include <cstdio>
#include <cstring>
#include <filesystem>

#include "test/test.h"

namespace weft::test {

std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}

std::string fixturePath(const std::string& name) {
  return (std::filesystem::path(__FILE__).parent_path() / "fixtures" / name).string();
}

}  // namespace weft::test

int main(int argc, char** argv) {
  const char* wanted = argc > 1 ? argv[1] : "";
  int passed = 0;
  int failed = 0;
  for (const weft::test::Case& test : weft::test::cases()) {
    if (std::strstr(test.name, wanted) == nullptr) continue;
    weft::test::Context context;
    test.body(context);
    context.failures.empty() ? ++passed : ++failed;
    std::printf("%s %s\n", context.failures.empty() ? "ok    " : "FAILED", test.name);
    for (const std::string& failure : context.failures) std::printf("       %s\n", failure.c_str());
  }
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed > 0 || passed == 0 ? 1 : 0;
}
