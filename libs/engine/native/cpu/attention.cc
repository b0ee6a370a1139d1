// out[t, H hd] = softmax(scale q k^T) v over what each query sees, and its log-sum-exp[t, H]; q[t, H hd], k and v
// [t, KV hd], sequences laid end to end.
#include "cpu/attention_forward.h"
#include "cpu/kernels.h"

namespace weft::WEFT_ISA {

Status attention(const Call& call) {
  Heads heads;
  if (Status status = readHeads(call, &heads); !status.isOk()) return status;
  const Tensor &q = call.inputs[0], &k = call.inputs[1], &v = call.inputs[2], &starts = call.inputs[3];
  const Tensor prefixKeys = call.inputCount > 4 ? call.inputs[4] : Tensor{};
  const Tensor prefixValues = call.inputCount > 5 ? call.inputs[5] : Tensor{};
  const int64_t keyWidth = heads.kvHeads * heads.headDim;
  WEFT_CHECK(q.cols == heads.heads * heads.headDim && k.cols == keyWidth && k.rows == q.rows && v.size() == k.size());
  WEFT_CHECK(prefixKeys.absent() == prefixValues.absent() && prefixKeys.size() == prefixValues.size());
  WEFT_CHECK(prefixKeys.absent() || prefixKeys.cols == keyWidth);
  WEFT_CHECK(call.outputs[0].size() == q.size() && call.outputs[1].size() == q.rows * heads.heads);
  if (Status status = checkStarts(starts, q.rows); !status.isOk()) return status;

  const std::vector<Sequence> sequences = sequencesOf(starts, heads, k, v, prefixKeys, prefixValues);
  return attendTiles(call.pool, sequences, heads, {q.f32(), call.outputs[0].f32(), call.outputs[1].f32()});
}

}  // namespace weft::WEFT_ISA
