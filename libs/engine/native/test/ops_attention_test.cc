#include <limits>

#include "test/ops_support.h"

namespace weft::test {
namespace {

struct Problem {
  int64_t heads, kvHeads, headDim;
  std::vector<int32_t> starts;
  int64_t window = 0;
  int64_t prefix = 0;
  double scale = 0.3;

  int64_t tokens() const { return starts.back(); }
  int64_t width() const { return heads * headDim; }
  int64_t keyWidth() const { return kvHeads * headDim; }
  std::vector<double> attributes() const {
    return {static_cast<double>(heads), static_cast<double>(kvHeads), static_cast<double>(headDim), scale,
            static_cast<double>(window)};
  }
  std::string describe() const {
    return "heads " + std::to_string(heads) + "/" + std::to_string(kvHeads) + " of " + std::to_string(headDim) +
           ", tokens " + std::to_string(tokens()) + ", window " + std::to_string(window) + ", prefix " + std::to_string(prefix);
  }
};

struct Operands {
  Doubles q, k, v, prefixKeys, prefixValues;
};

// The softmax over what each query sees, one query and head at a time. Returns out, then logSumExp.
Doubles attend(const Problem& p, const Operands& x, Doubles* logSumExp = nullptr) {
  Doubles out;
  for (size_t s = 0; s + 1 < p.starts.size(); ++s) {
    for (int64_t i = p.starts[s]; i < p.starts[s + 1]; ++i) {
      const int64_t position = i - p.starts[s];
      for (int64_t head = 0; head < p.heads; ++head) {
        const int64_t kvHead = head / (p.heads / p.kvHeads);
        Doubles scores;
        std::vector<const double*> values;
        for (int64_t j = -p.prefix; j <= position; ++j) {
          if (p.window > 0 && position - j >= p.window) continue;
          const int64_t row = j < 0 ? j + p.prefix : j + p.starts[s];
          const Doubles& keys = j < 0 ? x.prefixKeys : x.k;
          const Doubles& rows = j < 0 ? x.prefixValues : x.v;
          double dot = 0;
          for (int64_t d = 0; d < p.headDim; ++d) {
            dot += x.q[static_cast<size_t>(i * p.width() + head * p.headDim + d)] *
                   keys[static_cast<size_t>(row * p.keyWidth() + kvHead * p.headDim + d)];
          }
          scores.push_back(p.scale * dot);
          values.push_back(&rows[static_cast<size_t>(row * p.keyWidth() + kvHead * p.headDim)]);
        }
        double most = -INFINITY, sum = 0;
        for (const double score : scores) most = std::fmax(most, score);
        for (const double score : scores) sum += std::exp(score - most);
        for (int64_t d = 0; d < p.headDim; ++d) {
          double value = 0;
          for (size_t j = 0; j < scores.size(); ++j) value += std::exp(scores[j] - most) / sum * values[j][d];
          out.push_back(value);
        }
        if (logSumExp != nullptr) logSumExp->push_back(most + std::log(sum));
      }
    }
  }
  return out;
}

struct Arrays {
  Array q, k, v, prefixKeys, prefixValues;

  explicit Arrays(const Problem& p)
      : q(Array::random(p.tokens(), p.width(), 1, 2.0f)),
        k(Array::random(p.tokens(), p.keyWidth(), 2, 2.0f)),
        v(Array::random(p.tokens(), p.keyWidth(), 3)),
        prefixKeys(Array::random(p.prefix, p.keyWidth(), 4, 2.0f)),
        prefixValues(Array::random(p.prefix, p.keyWidth(), 5)) {}

  Operands doubles() const {
    return {q.doubles(), k.doubles(), v.doubles(), prefixKeys.doubles(), prefixValues.doubles()};
  }
};

std::vector<Tensor> forwardInputs(const Problem& p, Arrays& arrays, std::vector<int32_t>& starts) {
  std::vector<Tensor> inputs = {arrays.q.tensor(), arrays.k.tensor(), arrays.v.tensor(), integers(starts)};
  inputs.push_back(p.prefix > 0 ? arrays.prefixKeys.tensor() : Tensor{});
  inputs.push_back(p.prefix > 0 ? arrays.prefixValues.tensor() : Tensor{});
  return inputs;
}

const Problem kProblems[] = {
    {1, 1, 1, {0, 1}},
    {2, 1, 5, {0, 0}},
    {3, 1, 16, {0, 1, 1, 8}},
    {4, 4, 12, {0, 70}},
    {9, 3, 64, {0, 33, 34, 210}},
    {6, 2, 20, {0, 150, 155}, 7},
    {6, 2, 20, {0, 150, 155}, 100},
    {4, 2, 8, {0, 5, 90}, 0, 3},
    {4, 2, 8, {0, 5, 190}, 0, 70},
    {4, 2, 8, {0, 5, 190}, 80, 70},
    {4, 2, 8, {0, 5, 40}, 2, 4},
    {60, 1, 8, {0, 20}},
    {2, 2, 8, {0, 200}, 1},
};

}  // namespace

WEFT_TEST(ops_attention_matches_float64) {
  for (const Problem& p : kProblems) {
    Arrays arrays(p);
    std::vector<int32_t> starts = p.starts;
    Doubles logSumExp;
    const Doubles expected = attend(p, arrays.doubles(), &logSumExp);
    forMachines([&](Machine& machine) {
      const std::string what = "attention " + p.describe() + " by " + machine.name();
      Array out(p.tokens(), p.width()), logs(p.tokens(), p.heads);
      WEFT_EXPECT_OK(machine.run("attention", forwardInputs(p, arrays, starts), {out.tensor(), logs.tensor()}, p.attributes()));
      expectClose(context, what, out, expected, 3e-6);
      expectClose(context, what + " logSumExp", logs, logSumExp, 3e-6);
    });
  }
}

namespace {

struct Gradients {
  Array dq, dk, dv, dPrefixKeys, dPrefixValues;
  explicit Gradients(const Problem& p)
      : dq(p.tokens(), p.width(), 9.0f),
        dk(p.tokens(), p.keyWidth(), 9.0f),
        dv(p.tokens(), p.keyWidth(), 9.0f),
        dPrefixKeys(p.prefix, p.keyWidth(), 9.0f),
        dPrefixValues(p.prefix, p.keyWidth(), 9.0f) {}
  std::vector<Tensor> outputs(const Problem& p) {
    std::vector<Tensor> all = {dq.tensor(), dk.tensor(), dv.tensor()};
    if (p.prefix > 0) all.insert(all.end(), {dPrefixKeys.tensor(), dPrefixValues.tensor()});
    return all;
  }
};

// Forward, then backward, on one machine.
Status runGradient(Machine& machine, const Problem& p, Arrays& arrays, Array& dOut, Gradients& gradients) {
  std::vector<int32_t> starts = p.starts;
  Array out(p.tokens(), p.width()), logs(p.tokens(), p.heads);
  const std::vector<Tensor> inputs = forwardInputs(p, arrays, starts);
  if (Status status = machine.run("attention", inputs, {out.tensor(), logs.tensor()}, p.attributes()); !status.isOk()) {
    return status;
  }
  return machine.run("attention_grad",
                     {dOut.tensor(), inputs[0], inputs[1], inputs[2], out.tensor(), logs.tensor(), inputs[3], inputs[4], inputs[5]},
                     gradients.outputs(p), p.attributes());
}

const Problem kGradientProblems[] = {
    {1, 1, 1, {0, 1}},
    {2, 1, 3, {0, 0}},
    {3, 1, 4, {0, 1, 1, 6}},
    {4, 2, 5, {0, 4, 13}, 3},
    {4, 2, 2, {0, 3, 10}, 0, 3},
    {4, 2, 2, {0, 3, 10}, 5, 3},
    {2, 2, 1, {0, 40, 90}},
    {60, 2, 1, {0, 5}},
    {2, 1, 1, {0, 75}, 9, 2},
};

}  // namespace

WEFT_TEST(ops_attention_gradients_match_finite_differences) {
  for (const Problem& p : kGradientProblems) {
    Arrays arrays(p);
    Array dOut = Array::random(p.tokens(), p.width(), 6);
    const Operands x = arrays.doubles();
    auto along = [&](Doubles Operands::*member) {
      return differentiate(x.*member, dOut.doubles(), [&](const Doubles& v) {
        Operands moved = x;
        moved.*member = v;
        return attend(p, moved);
      });
    };
    const Doubles dq = along(&Operands::q), dk = along(&Operands::k), dv = along(&Operands::v);
    const Doubles dPrefixKeys = along(&Operands::prefixKeys), dPrefixValues = along(&Operands::prefixValues);
    forMachines([&](Machine& machine) {
      const std::string what = "attention_grad " + p.describe() + " by " + machine.name();
      Gradients gradients(p);
      WEFT_EXPECT_OK(runGradient(machine, p, arrays, dOut, gradients));
      expectClose(context, what + " dq", gradients.dq, dq, 1e-5);
      expectClose(context, what + " dk", gradients.dk, dk, 1e-5);
      expectClose(context, what + " dv", gradients.dv, dv, 1e-5);
      expectClose(context, what + " dPrefixKeys", gradients.dPrefixKeys, dPrefixKeys, 1e-5);
      expectClose(context, what + " dPrefixValues", gradients.dPrefixValues, dPrefixValues, 1e-5);
    });
  }
}

namespace {

// The gradient by its formulas, in float64: for sizes at which finite differences take too long.
Operands attendGradient(const Problem& p, const Operands& x, const Doubles& dOut) {
  Operands d{Doubles(x.q.size()), Doubles(x.k.size()), Doubles(x.v.size()), Doubles(x.prefixKeys.size()),
             Doubles(x.prefixValues.size())};
  Doubles logs;
  const Doubles out = attend(p, x, &logs);
  const int64_t group = p.heads / p.kvHeads;
  for (size_t s = 0; s + 1 < p.starts.size(); ++s) {
    for (int64_t i = p.starts[s]; i < p.starts[s + 1]; ++i) {
      for (int64_t head = 0; head < p.heads; ++head) {
        const size_t qAt = static_cast<size_t>(i * p.width() + head * p.headDim);
        double pull = 0;
        for (size_t c = 0; c < static_cast<size_t>(p.headDim); ++c) pull += dOut[qAt + c] * out[qAt + c];
        const int64_t position = i - p.starts[s];
        for (int64_t j = -p.prefix; j <= position; ++j) {
          if (p.window > 0 && position - j >= p.window) continue;
          const int64_t row = j < 0 ? j + p.prefix : j + p.starts[s];
          const size_t kAt = static_cast<size_t>(row * p.keyWidth() + head / group * p.headDim);
          const Doubles &k = j < 0 ? x.prefixKeys : x.k, &v = j < 0 ? x.prefixValues : x.v;
          Doubles &dk = j < 0 ? d.prefixKeys : d.k, &dv = j < 0 ? d.prefixValues : d.v;
          double score = 0, along = 0;
          for (size_t c = 0; c < static_cast<size_t>(p.headDim); ++c) {
            score += p.scale * x.q[qAt + c] * k[kAt + c];
            along += dOut[qAt + c] * v[kAt + c];
          }
          const double power = std::exp(score - logs[static_cast<size_t>(i * p.heads + head)]);
          const double slope = p.scale * power * (along - pull);
          for (size_t c = 0; c < static_cast<size_t>(p.headDim); ++c) {
            d.q[qAt + c] += slope * k[kAt + c];
            dk[kAt + c] += slope * x.q[qAt + c];
            dv[kAt + c] += power * dOut[qAt + c];
          }
        }
      }
    }
  }
  return d;
}

}  // namespace

WEFT_TEST(ops_attention_gradients_match_float64) {
  for (const Problem& p : kProblems) {
    Arrays arrays(p);
    Array dOut = Array::random(p.tokens(), p.width(), 6);
    const Operands expected = attendGradient(p, arrays.doubles(), dOut.doubles());
    forMachines([&](Machine& machine) {
      const std::string what = "attention_grad " + p.describe() + " by " + machine.name();
      Gradients gradients(p);
      WEFT_EXPECT_OK(runGradient(machine, p, arrays, dOut, gradients));
      expectClose(context, what + " dq", gradients.dq, expected.q, 2e-5);
      expectClose(context, what + " dk", gradients.dk, expected.k, 2e-5);
      expectClose(context, what + " dv", gradients.dv, expected.v, 2e-5);
      expectClose(context, what + " dPrefixKeys", gradients.dPrefixKeys, expected.prefixKeys, 2e-5);
      expectClose(context, what + " dPrefixValues", gradients.dPrefixValues, expected.prefixValues, 2e-5);
    });
  }
}

WEFT_TEST(ops_attention_gives_the_same_bits_on_any_number_of_threads) {
  const Problem p{9, 3, 64, {0, 33, 34, 210}};
  Arrays arrays(p);
  std::vector<int32_t> starts = p.starts;
  for (const char* limit : {"portable", "avx2", "avx512"}) {
    Array first(p.tokens(), p.width());
    for (const int threads : {1, 2, 3}) {
      Machine machine(selectKernels(limit), threads);
      Array out(p.tokens(), p.width()), logs(p.tokens(), p.heads);
      WEFT_EXPECT_OK(machine.run("attention", forwardInputs(p, arrays, starts), {out.tensor(), logs.tensor()}, p.attributes()));
      if (threads == 1) first = out;
      WEFT_EXPECT(first.hasSameBits(out));
    }
  }
}

WEFT_TEST(ops_attention_gradients_repeat_their_bits) {
  const Problem p{9, 3, 64, {0, 33, 34, 210}, 0, 10};
  Arrays arrays(p);
  Array dOut = Array::random(p.tokens(), p.width(), 6);
  forMachines([&](Machine& machine) {
    Gradients first(p), second(p);
    WEFT_EXPECT_OK(runGradient(machine, p, arrays, dOut, first));
    WEFT_EXPECT_OK(runGradient(machine, p, arrays, dOut, second));
    WEFT_EXPECT(first.dq.hasSameBits(second.dq) && first.dk.hasSameBits(second.dk) && first.dv.hasSameBits(second.dv));
    WEFT_EXPECT(first.dPrefixKeys.hasSameBits(second.dPrefixKeys));
  });
}

WEFT_TEST(ops_attention_survives_scores_far_apart_and_shows_nan) {
  const Problem p{2, 1, 8, {0, 100}};
  Arrays arrays(p);
  for (int64_t i = 0; i < arrays.q.size(); ++i) arrays.q[i] *= 300.0f;
  std::vector<int32_t> starts = p.starts;
  const Doubles expected = attend(p, arrays.doubles());
  forMachines([&](Machine& machine) {
    Array out(p.tokens(), p.width()), logs(p.tokens(), p.heads);
    WEFT_EXPECT_OK(machine.run("attention", forwardInputs(p, arrays, starts), {out.tensor(), logs.tensor()}, p.attributes()));
    expectClose(context, "attention with sharp scores by " + machine.name(), out, expected, 1e-3);
    Arrays broken(p);
    broken.k[50 * 8] = NAN;
    WEFT_EXPECT_OK(machine.run("attention", forwardInputs(p, broken, starts), {out.tensor(), logs.tensor()}, p.attributes()));
    for (int64_t i = 50 * p.width(); i < out.size(); ++i) WEFT_EXPECT(std::isnan(out[i]));
    for (int64_t i = 50 * p.heads; i < logs.size(); ++i) WEFT_EXPECT(std::isnan(logs[i]));
    for (int64_t i = 0; i < 40 * p.width(); ++i) WEFT_EXPECT(!std::isnan(out[i]));
  });
}

WEFT_TEST(ops_attention_refuses_bounds_that_do_not_fit) {
  const Problem p{2, 1, 8, {0, 10}};
  Arrays arrays(p);
  forMachines([&](Machine& machine) {
    Array out(p.tokens(), p.width()), logs(p.tokens(), p.heads);
    for (std::vector<int32_t> starts : {std::vector<int32_t>{0, 11}, {1, 10}, {0, 7, 3, 10}, {0, 9}}) {
      WEFT_EXPECT(!machine.run("attention", forwardInputs(p, arrays, starts), {out.tensor(), logs.tensor()}, p.attributes()).isOk());
    }
  });
}

namespace {

struct Cached {
  Cached(Problem newTokens, std::vector<int32_t> cached) : problem(std::move(newTokens)), lengths(std::move(cached)) {}
  Problem problem;  // its starts count the new tokens of this call
  std::vector<int32_t> lengths;
};

const Cached kCached[] = {
    {{9, 3, 64, {0, 1}}, {700}},
    {{4, 4, 12, {0, 1, 2, 3}}, {0, 255, 256}},
    {{2, 1, 5, {0, 3, 3, 4, 5}}, {4, 6, 0, 17}},
    {{6, 2, 20, {0, 1, 40}, 30}, {500, 11}},
    {{6, 1, 33, {0, 1, 40}, 0}, {70, 0}},
    {{1, 1, 1, {0, 0}}, {3}},
};

}  // namespace

WEFT_TEST(ops_cached_attention_matches_attention_over_the_whole_sequence) {
  for (const Cached& c : kCached) {
    const Problem& p = c.problem;
    // The whole sequences, cached tokens included, laid end to end.
    Problem whole = p;
    std::vector<int32_t> slots;
    int32_t slot = 3;
    for (size_t s = 0; s < c.lengths.size(); ++s) {
      const int32_t total = c.lengths[s] + p.starts[s + 1] - p.starts[s];
      whole.starts[s + 1] = whole.starts[s] + total;
      slots.push_back(slot);
      slot += total + 2;
    }
    Arrays all(whole);
    const Doubles expectedAll = attend(whole, all.doubles());
    forMachines([&](Machine& machine) {
      const std::string what = "cached_attention " + p.describe() + " by " + machine.name();
      Array cacheKeys(slot, p.keyWidth(), NAN), cacheValues(slot, p.keyWidth(), NAN), q(p.tokens(), p.width());
      Array k(p.tokens(), p.keyWidth()), v(p.tokens(), p.keyWidth()), out(p.tokens(), p.width());
      Doubles expected;
      for (size_t s = 0; s < c.lengths.size(); ++s) {
        for (int64_t i = whole.starts[s]; i < whole.starts[s + 1]; ++i) {
          const int64_t position = i - whole.starts[s], row = p.starts[s] + position - c.lengths[s];
          const bool isNew = position >= c.lengths[s];
          for (int64_t d = 0; d < p.keyWidth(); ++d) {
            (isNew ? k[row * p.keyWidth() + d] : cacheKeys[(slots[s] + position) * p.keyWidth() + d]) = all.k[i * p.keyWidth() + d];
            (isNew ? v[row * p.keyWidth() + d] : cacheValues[(slots[s] + position) * p.keyWidth() + d]) = all.v[i * p.keyWidth() + d];
          }
          for (int64_t d = 0; isNew && d < p.width(); ++d) {
            q[row * p.width() + d] = all.q[i * p.width() + d];
            expected.push_back(expectedAll[static_cast<size_t>(i * p.width() + d)]);
          }
        }
      }
      std::vector<int32_t> starts = p.starts, cacheStarts = slots, lengths = c.lengths;
      const std::vector<Tensor> inputs = {q.tensor(), k.tensor(), v.tensor(), cacheKeys.tensor(), cacheValues.tensor(),
                                          integers(starts), integers(cacheStarts), integers(lengths)};
      WEFT_EXPECT_OK(machine.run("cached_attention", inputs, {out.tensor()}, p.attributes()));
      expectClose(context, what, out, expected, 3e-6);
      WEFT_EXPECT(cacheKeys.isIntact() && cacheValues.isIntact());
      for (size_t s = 0; s < c.lengths.size(); ++s) {
        const int64_t end = slots[s] + whole.starts[s + 1] - whole.starts[s];
        WEFT_EXPECT(std::isnan(cacheKeys[end * p.keyWidth()]) && std::isnan(cacheValues[(slots[s] - 1) * p.keyWidth()]));
      }
      lengths.back() += 3;
      if (p.tokens() > 0) WEFT_EXPECT(!machine.run("cached_attention", inputs, {out.tensor()}, p.attributes()).isOk());
    });
  }
}

}  // namespace weft::test
