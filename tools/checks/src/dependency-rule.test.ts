import assert from 'node:assert/strict';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';
import { layerOf, violation } from './layers.ts';
import { type Import, importsOf, type Package, packageNameOf, packages } from './packages.ts';

const folderOf = new Map(packages.map((each) => [each.name, each.folder]));

const isTestSupport = (file: string) => /(\.test\.ts|\/test-[^/]*\.ts)$/.test(file);

/** Imports of other packages, ours or not; Node's own modules and files of the same package are left out. */
function outwardImports(owner: Package): readonly Import[] {
  return importsOf(owner.folder).filter(({ specifier }) => {
    const isBuiltin = specifier.startsWith('node:') || builtinModules.includes(specifier);
    return !specifier.startsWith('.') && !isBuiltin && packageNameOf(specifier) !== owner.name;
  });
}

test('every library has a layer', () => {
  const without = packages.filter(({ folder }) => layerOf(folder) === null).map(({ folder }) => folder);
  assert.deepEqual(without, []);
});

for (const owner of packages) {
  test(`${owner.folder} imports only what lies below it`, () => {
    const broken = outwardImports(owner).flatMap(({ file, specifier }) => {
      const target = folderOf.get(packageNameOf(specifier));
      const reason = target === undefined ? null : violation(owner.folder, target);
      return reason === null ? [] : [`${file} imports ${specifier}: ${reason}`];
    });
    assert.deepEqual(broken, []);
  });

  test(`${owner.folder} declares what it depends on, and only what may be`, () => {
    const targets = owner.dependencies.flatMap((name) => folderOf.get(name) ?? []);
    assert.deepEqual(
      targets.flatMap((target) => violation(owner.folder, target) ?? []),
      [],
    );
    const undeclared = outwardImports(owner).filter(({ file, specifier }) => {
      const name = packageNameOf(specifier);
      const isForTests = isTestSupport(file) && owner.devDependencies.includes(name);
      return !owner.dependencies.includes(name) && !isForTests;
    });
    assert.deepEqual(undeclared, []);
  });

  test(`${owner.folder} reaches others by their public face`, () => {
    const inward = importsOf(owner.folder).filter(({ file, specifier }) => {
      if (specifier.startsWith('.')) {
        return !normalize(join(dirname(file), specifier)).startsWith(`${owner.folder}/`);
      }
      return folderOf.has(packageNameOf(specifier)) && specifier !== packageNameOf(specifier);
    });
    assert.deepEqual(inward, []);
  });
}

test('the rule refuses what it is there to refuse', () => {
  assert.notEqual(violation('libs/engine', 'libs/models'), null);
  assert.notEqual(violation('libs/models', 'libs/peft'), null);
  assert.notEqual(violation('libs/peft', 'libs/training'), null);
  assert.notEqual(violation('services/trainer', 'services/registry'), null);
  assert.notEqual(violation('libs/engine', 'tools/cli'), null);
  assert.equal(violation('tools/cli', 'libs/training'), null);
  assert.equal(violation('libs/training', 'libs/peft'), null);
});
