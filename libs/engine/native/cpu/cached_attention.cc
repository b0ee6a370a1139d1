// Attention over a cache of keys and values [c, KV hd]: the new k and v rows of each sequence are appended to its slot,
// then its new queries attend to all that lies there. Sequences with many queries go tile by tile; those with one
// (decoding) stream their slot once, see attention_decode.cc.
#include <algorithm>

#include "cpu/attention_decode.h"
#include "cpu/attention_forward.h"
#include "cpu/kernels.h"

namespace weft::WEFT_ISA {
namespace {

Status checkSlots(const Call& call, int64_t cacheRows) {
  const Tensor &starts = call.inputs[5], &cacheStarts = call.inputs[6], &cacheLengths = call.inputs[7];
  const int64_t count = starts.size() - 1;
  WEFT_CHECK(cacheStarts.size() == count && cacheLengths.size() == count);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t start = cacheStarts.i32()[i], length = cacheLengths.i32()[i];
    WEFT_CHECK(start >= 0 && length >= 0);
    WEFT_CHECK(start + length + starts.i32()[i + 1] - starts.i32()[i] <= cacheRows);
  }
  return Status::ok();
}

void append(const Call& call, int64_t width) {
  const Tensor &starts = call.inputs[5], &cacheStarts = call.inputs[6], &cacheLengths = call.inputs[7];
  for (int64_t i = 0; i + 1 < starts.size(); ++i) {
    const int64_t from = starts.i32()[i] * width, count = (starts.i32()[i + 1] - starts.i32()[i]) * width;
    const int64_t to = (static_cast<int64_t>(cacheStarts.i32()[i]) + cacheLengths.i32()[i]) * width;
    std::copy_n(call.inputs[1].f32() + from, count, call.inputs[3].f32() + to);
    std::copy_n(call.inputs[2].f32() + from, count, call.inputs[4].f32() + to);
  }
}

}  // namespace

Status cachedAttention(const Call& call) {
  Heads heads;
  if (Status status = readHeads(call, &heads); !status.isOk()) return status;
  WEFT_CHECK(call.inputCount == 8);
  const Tensor &q = call.inputs[0], &k = call.inputs[1], &v = call.inputs[2], &starts = call.inputs[5];
  const Tensor &cacheKeys = call.inputs[3], &cacheValues = call.inputs[4];
  const int64_t width = heads.kvHeads * heads.headDim;
  WEFT_CHECK(q.cols == heads.heads * heads.headDim && k.cols == width && k.rows == q.rows && v.size() == k.size());
  WEFT_CHECK(cacheKeys.cols == width && cacheValues.cols == width && cacheValues.rows == cacheKeys.rows);
  WEFT_CHECK(call.outputs[0].size() == q.size());
  if (Status status = checkStarts(starts, q.rows); !status.isOk()) return status;
  if (Status status = checkSlots(call, cacheKeys.rows); !status.isOk()) return status;
  append(call, width);

  std::vector<Sequence> decoding, others;
  for (int64_t i = 0; i + 1 < starts.size(); ++i) {
    const int64_t first = starts.i32()[i], count = starts.i32()[i + 1] - first;
    if (count == 0) continue;
    const int64_t slot = call.inputs[6].i32()[i] * width;
    (count == 1 ? decoding : others)
        .push_back({first, count, call.inputs[7].i32()[i], KeyRows{nullptr, 0, cacheKeys.f32() + slot},
                    KeyRows{nullptr, 0, cacheValues.f32() + slot}});
  }
  if (Status status = attendTiles(call.pool, others, heads, {q.f32(), call.outputs[0].f32(), nullptr}); !status.isOk()) {
    return status;
  }
  return attendSingles(call.pool, decoding, heads, {q.f32(), call.outputs[0].f32(), nullptr});
}

}  // namespace weft::WEFT_ISA
