/** What else of the machine a NovaFile may read: the files that it includes. Given by whoever has a file system. */
export interface Files {
  /** The text of a file and the path to show for it; or why there is none. Paths are absolute. */
  readonly read: (
    path: string,
  ) => { readonly text: string; readonly shownAs: string } | { readonly why: string };
  /** Absolute paths of the files that match an absolute pattern, as `/srv/lab/hosts/*.toml`, in any order. */
  readonly match: (pattern: string) => readonly string[];
}

/** What was chosen on the command line and around it. */
export interface Choices {
  /** Of the tables `[profile.NAME]`, the one that counts. */
  readonly profile?: string | undefined;
  /** `--var name=value`, in order. */
  readonly set?: readonly { readonly name: string; readonly text: string }[];
  /** `--var-file`: absolute paths, in order. */
  readonly valueFiles?: readonly string[];
  /** What `${env.NAME}` stands for. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

export const noFiles: Files = {
  read: () => ({ why: 'there is no such file' }),
  match: () => [],
};
