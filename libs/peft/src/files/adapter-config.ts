/** `adapter_config.json`: the keys that all methods share, and the file's form. */
import type { JsonObject } from '@weft/models';

/** The version of PEFT whose keys are written. */
const peftVersion = '0.21.0';

/** Sorted keys and an indent of two, as Python's `json.dumps(indent=2, sort_keys=True)`. */
export function encodeAdapterConfig(method: JsonObject, baseModelName: string): string {
  const whole = {
    auto_mapping: null,
    base_model_name_or_path: baseModelName,
    inference_mode: true,
    peft_version: peftVersion,
    revision: null,
    task_type: 'CAUSAL_LM',
    ...method,
  };
  return JSON.stringify(sorted(whole), null, 2);
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, member]) => [key, sorted(member)]));
}
