/** Full fine-tuning: every base tensor is a parameter, tied ones once. Its file is a model, made by merging. */
import type { Adapter, AdapterParameter } from '../adapter.ts';
import { defineAdapter } from '../define-adapter.ts';
import { replaceBy } from '../merge/merge-rule.ts';
import type { BaseLayout } from '../module-sites.ts';

export function createFull(layout: BaseLayout): Adapter {
  const norms = new Set(layout.sites.filter((site) => site.kind === 'norm').map((site) => site.name));
  const parameters = [...layout.tensors].map(([name, shape]): AdapterParameter => {
    const isDecayed = !name.endsWith('.bias') && !norms.has(name.replace(/\.weight$/, ''));
    return { name, shape, isDecayed, initialise: (base) => base.read(name), file: null };
  });
  return defineAdapter({
    method: 'full',
    targetModules: layout.sites.map((site) => site.name),
    parameters,
    hooks: () => ({
      tensor(builder, name) {
        const shape = layout.tensors.get(name);
        return shape === undefined ? null : builder.parameter(name, shape);
      },
    }),
    save: null,
    merging: {
      rules: new Map(parameters.map(({ name }) => [name, replaceBy(name)])),
      keepsTied: true,
    },
  });
}
