// The whole test framework of the native code: WEFT_TEST registers a function, WEFT_EXPECT records a failure and goes
// on, WEFT_REQUIRE also leaves the test. `weft_native_tests [part of a name]` runs them (test/main.cc).
#pragma once

#include <cmath>
#include <string>
#include <vector>

namespace weft::test {

struct Context {
  std::vector<std::string> failures;
};

struct Case {
  const char* name;
  void (*body)(Context& context);
};

std::vector<Case>& cases();

struct Registration {
  Registration(const char* name, void (*body)(Context&)) { cases().push_back({name, body}); }
};

// Where a test's committed input lies: the folder `fixtures` beside the test files.
std::string fixturePath(const std::string& name);

inline std::string describe(const char* file, int line, const std::string& what) {
  return std::string(file) + ":" + std::to_string(line) + ": " + what;
}

}  // namespace weft::test

#define WEFT_TEST(name)                                                             \
  static void name(::weft::test::Context& context);                                 \
  static const ::weft::test::Registration registrationOf_##name(#name, name);       \
  static void name([[maybe_unused]] ::weft::test::Context& context)

#define WEFT_EXPECT(expression)                                                                  \
  do {                                                                                           \
    if (!(expression)) {                                                                         \
      context.failures.push_back(::weft::test::describe(__FILE__, __LINE__, #expression));       \
    }                                                                                            \
  } while (false)

#define WEFT_REQUIRE(expression)                                                                 \
  do {                                                                                           \
    if (!(expression)) {                                                                         \
      context.failures.push_back(::weft::test::describe(__FILE__, __LINE__, #expression));       \
      return;                                                                                    \
    }                                                                                            \
  } while (false)

#define WEFT_EXPECT_NEAR(actual, expected, tolerance)                                            \
  do {                                                                                           \
    const double actual_ = (actual), expected_ = (expected), tolerance_ = (tolerance);           \
    if (!(std::fabs(actual_ - expected_) <= tolerance_)) {                                       \
      context.failures.push_back(::weft::test::describe(                                         \
          __FILE__, __LINE__, std::string(#actual) + " is " + std::to_string(actual_) + ", expected " + \
                                  std::to_string(expected_)));                                   \
    }                                                                                            \
  } while (false)
