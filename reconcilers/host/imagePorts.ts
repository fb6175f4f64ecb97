export interface Images {
  /**
   * Makes `<roots>/<digest>/rootfs` from an OCI image layout, once, for a user; resolves when it is whole.
   * @param layout folder with `oci-layout`
   * @param digest of the image's manifest: 64 hexadecimal digits, without `sha256:` (overlayfs splits paths at colons)
   */
  unpack(image: { layout: string; digest: string; user: string }): Promise<void>;
  /** Forgets a user; the last one's takes the root away. */
  release(user: string): Promise<void>;
}

/**
 * Images in registries, as the scope's network reaches them. Rejects with `image.missing` when the registry does not have
 * or give it, and with `image.pull` and its own words when that did not work.
 */
export interface Registry {
  /** Text of what a reference names: the manifest of an image, or an index of several. */
  manifest(image: RegistryImage, signal: AbortSignal): Promise<string>;
  /** Makes an OCI image layout of one image, whose blobs are verified. Those that are there already are not fetched. */
  copy(image: RegistryImage, layout: string, signal: AbortSignal): Promise<void>;
}

export interface RegistryImage {
  /** With its registry and a tag or digest: `docker.io/library/ubuntu:22.04`. */
  readonly reference: string;
  /** Plain HTTP, or a certificate that nobody vouches for. */
  readonly insecure: boolean;
}
