/** A command of libnftables-json(5), as `{ add: { rule: { … } } }`. */
export type FilterCommand = Readonly<Record<string, unknown>>;

export interface Filter {
  /** One transaction (`nft -j -f`): all of it or nothing; may travel with those of others. */
  change(commands: readonly FilterCommand[]): Promise<void>;
  /**
   * Has firewalld take what comes by a link for trusted, until it starts anew, or for what comes by any other one. It must be
   * at work.
   */
  trust(link: string, trusted: boolean): Promise<void>;
}
