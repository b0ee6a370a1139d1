/** The model card that stands beside an adapter, with the front matter by which hubs file it. */
import type { JsonObject } from '@weft/models';

export function encodeModelCard(baseModelName: string, method: JsonObject): string {
  const type = String(method['peft_type']).toLowerCase();
  const base = JSON.stringify(baseModelName);
  return `---
base_model: ${base}
library_name: peft
pipeline_tag: text-generation
tags:
- ${JSON.stringify(`base_model:adapter:${baseModelName}`)}
- ${type}
- weft
---

# Adapter for ${baseModelName}

A ${type} adapter, trained with Weft, in the file layout of Hugging Face PEFT.

\`\`\`python
from peft import PeftModel
from transformers import AutoModelForCausalLM

model = AutoModelForCausalLM.from_pretrained(${base})
model = PeftModel.from_pretrained(model, "path/to/this/folder")
\`\`\`
`;
}
