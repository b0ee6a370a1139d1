// One query against a long run of keys is bound by memory: keys and values are read once, in the order in which they
// lie, by all heads together. A sequence is cut into chunks of a fixed number of keys that threads share; each chunk
// leaves its maximum, sum and weighted values per head, and those are joined in order.
#include "cpu/attention_decode.h"

#include <algorithm>
#include <cmath>

namespace weft::WEFT_ISA {
namespace {

constexpr int64_t kChunkKeys = 256;

struct Chunk {
  const Sequence* sequence;
  int64_t firstKey, lastKey;
  // [heads]: running maximum and sum; [heads][headDim]: values weighted by powers of two.
  float *maximum, *sum, *values;
};

// Heads whose queries stay in registers at once, and keys per step.
constexpr int kKeysOfStep = 4;
#if defined(__AVX512F__) || defined(__aarch64__)
constexpr int kHeadsOfStep = 4;
#else
constexpr int kHeadsOfStep = 2;
#endif

#define WEFT_UNROLL_8 _Pragma("GCC unroll 8")

// scores[g * ldScores + key] = q[g] . keys[key] for `count` keys.
template <int heads>
void scoreKeys(const float* q, int64_t headDim, const float* keys, int64_t stride, int64_t count, float* scores,
               int64_t ldScores) {
  const int64_t whole = headDim / kLanes * kLanes;
  for (int64_t key = 0; key < count; key += kKeysOfStep) {
    // The last step may reach beyond: it computes its first key again.
    const float* row[kKeysOfStep];
    WEFT_UNROLL_8 for (int i = 0; i < kKeysOfStep; ++i) row[i] = keys + (key + i < count ? key + i : key) * stride;
    Vector sum[heads][kKeysOfStep] = {};
    for (int64_t d = 0; d < whole; d += kLanes) {
      Vector k[kKeysOfStep];
      WEFT_UNROLL_8 for (int i = 0; i < kKeysOfStep; ++i) k[i] = load(row[i] + d);
      WEFT_UNROLL_8 for (int g = 0; g < heads; ++g) {
        const Vector factor = load(q + g * headDim + d);
        WEFT_UNROLL_8 for (int i = 0; i < kKeysOfStep; ++i) sum[g][i] += factor * k[i];
      }
    }
    WEFT_UNROLL_8 for (int g = 0; g < heads; ++g) {
      WEFT_UNROLL_8 for (int i = 0; i < kKeysOfStep; ++i) {
        float total = sumOf(sum[g][i]);
        for (int64_t d = whole; d < headDim; ++d) total += q[g * headDim + d] * row[i][d];
        if (key + i < count) scores[g * ldScores + key + i] = total;
      }
    }
  }
}

void scoreGroup(const float* q, int64_t group, int64_t headDim, const float* keys, int64_t stride, int64_t count,
                float* scores) {
  for (int64_t g = 0; g < group; g += kHeadsOfStep) {
    const int64_t left = group - g;
    auto kernel = scoreKeys<1>;
    if (left == 2) kernel = scoreKeys<2>;
    if constexpr (kHeadsOfStep == 4) {
      if (left == 3) kernel = scoreKeys<3>;
      if (left >= 4) kernel = scoreKeys<4>;
    } else {
      if (left > 2) kernel = scoreKeys<2>;
    }
    kernel(q + g * headDim, headDim, keys, stride, count, scores + g * kKeyBlock, kKeyBlock);
  }
}

// values[headDim] = values * factor + sum over keys of power[key] * rows[key].
void addValues(const float* power, int64_t count, const float* rows, int64_t stride, int64_t headDim, float factor,
               float* values) {
  int64_t d = 0;
  for (; d + kLanes <= headDim; d += kLanes) {
    Vector even = load(values + d) * factor, odd{};
    int64_t key = 0;
    for (; key + 2 <= count; key += 2) {
      even += load(rows + key * stride + d) * power[key];
      odd += load(rows + (key + 1) * stride + d) * power[key + 1];
    }
    if (key < count) even += load(rows + key * stride + d) * power[key];
    store(values + d, even + odd);
  }
  for (; d < headDim; ++d) {
    float sum = values[d] * factor;
    for (int64_t key = 0; key < count; ++key) sum += rows[key * stride + d] * power[key];
    values[d] = sum;
  }
}

// Scores of one head to powers of two, in its running maximum and sum; returns what earlier sums are to be scaled by.
float softmaxStep(float* scores, int64_t count, float* maximum, float* sum) {
  const int64_t columns = roundUpToLanes(count);
  std::fill(scores + count, scores + columns, -INFINITY);
  Vector most = load(scores);
  for (int64_t i = kLanes; i < columns; i += kLanes) most = atLeast(load(scores + i), most);
  const float before = *maximum, found = maxOf(most);
  const float now = found > before ? found : before;
  const float shift = now == -INFINITY ? 0.0f : now;
  Vector total{};
  for (int64_t i = 0; i < columns; i += kLanes) {
    const Vector power = exponential2(load(scores + i) - shift);
    store(scores + i, power);
    total += power;
  }
  const float factor = now == before || before == -INFINITY ? 1.0f : std::exp2(before - now);
  *sum = *sum * factor + sumOf(total);
  *maximum = now;
  return factor;
}

void attendChunk(const Chunk& chunk, const Heads& heads, const float* q, float* scores) {
  const int64_t headDim = heads.headDim, group = heads.group(), stride = heads.kvHeads * headDim;
  std::fill_n(chunk.maximum, heads.heads, -INFINITY);
  std::fill_n(chunk.sum, heads.heads, 0.0f);
  std::fill_n(chunk.values, heads.heads * headDim, 0.0f);
  for (int64_t key = chunk.firstKey; key < chunk.lastKey; key += kKeyBlock) {
    const int64_t count = std::min(kKeyBlock, chunk.lastKey - key);
    const float* keys = chunk.sequence->keys.row(key, stride);
    const float* values = chunk.sequence->values.row(key, stride);
    for (int64_t kvHead = 0; kvHead < heads.kvHeads; ++kvHead, keys += headDim, values += headDim) {
      scoreGroup(q + kvHead * group * headDim, group, headDim, keys, stride, count, scores);
      for (int64_t g = 0; g < group; ++g) {
        const int64_t head = kvHead * group + g;
        float* powers = scores + g * kKeyBlock;
        const float factor = softmaxStep(powers, count, chunk.maximum + head, chunk.sum + head);
        addValues(powers, count, values, stride, headDim, factor, chunk.values + head * headDim);
      }
    }
  }
}

void joinChunks(const Chunk* chunks, int64_t count, const Heads& heads, const ForwardRows& rows) {
  const int64_t headDim = heads.headDim;
  float* out = rows.out + chunks[0].sequence->firstQuery * heads.heads * headDim;
  for (int64_t head = 0; head < heads.heads; ++head, out += headDim) {
    float most = -INFINITY, sum = 0.0f;
    for (int64_t i = 0; i < count; ++i) most = std::max(most, chunks[i].maximum[head]);
    const float shift = most == -INFINITY ? 0.0f : most;
    std::fill_n(out, headDim, 0.0f);
    for (int64_t i = 0; i < count; ++i) {
      const float factor = std::exp2(chunks[i].maximum[head] - shift);
      sum += factor * chunks[i].sum[head];
      for (int64_t d = 0; d < headDim; ++d) out[d] += factor * chunks[i].values[head * headDim + d];
    }
    for (int64_t d = 0; d < headDim; ++d) out[d] /= sum;
  }
}

std::vector<Chunk> chunksOf(const std::vector<Sequence>& sequences, const Heads& heads) {
  std::vector<Chunk> chunks;
  for (const Sequence& sequence : sequences) {
    const int64_t last = sequence.keyCount();
    const int64_t first = heads.window > 0 ? std::max<int64_t>(0, last - heads.window) : 0;
    for (int64_t key = first; key < last; key += kChunkKeys) {
      chunks.push_back({&sequence, key, std::min(last, key + kChunkKeys), nullptr, nullptr, nullptr});
    }
  }
  return chunks;
}

}  // namespace

Status attendSingles(ThreadPool& pool, const std::vector<Sequence>& sequences, const Heads& heads, const ForwardRows& rows) {
  if (sequences.empty()) return Status::ok();
  std::vector<Chunk> chunks = chunksOf(sequences, heads);
  const int64_t width = heads.heads * heads.headDim, perChunk = width + 2 * heads.heads;
  const int64_t chunkCount = static_cast<int64_t>(chunks.size());
  float* shared = static_cast<float*>(pool.sharedScratch(static_cast<size_t>(chunkCount * perChunk) * sizeof(float)));
  WEFT_CHECK(shared != nullptr);
  for (Chunk& chunk : chunks) {
    chunk.values = shared;
    chunk.maximum = shared + width;
    chunk.sum = chunk.maximum + heads.heads;
    shared += perChunk;
  }
  const size_t bytes = static_cast<size_t>(width + heads.group() * kKeyBlock) * sizeof(float);
  for (int thread = 0; thread < pool.threads(); ++thread) {
    WEFT_CHECK(pool.scratch(thread, ThreadPool::kernelSlot, bytes) != nullptr);
  }
  pool.parallelFor(chunkCount, 1, [&](int64_t begin, int64_t end, int thread) {
    float* q = static_cast<float*>(pool.scratch(thread, ThreadPool::kernelSlot, bytes));
    for (int64_t i = begin; i < end; ++i) {
      const Chunk& chunk = chunks[static_cast<size_t>(i)];
      const float* from = rows.q + chunk.sequence->firstQuery * width;
      for (int64_t d = 0; d < width; ++d) q[d] = from[d] * heads.scale * kLog2E;
      attendChunk(chunk, heads, q, q + width);
    }
  });
  for (size_t first = 0, last = 0; first < chunks.size(); first = last) {
    while (last < chunks.size() && chunks[last].sequence == chunks[first].sequence) ++last;
    joinChunks(&chunks[first], static_cast<int64_t>(last - first), heads, rows);
  }
  return Status::ok();
}

}  // namespace weft::WEFT_ISA
