import { describe, expect, it } from 'vitest';

import { unbuiltDoubts } from '../../../controller/unbuiltDoubts.ts';
import { parseNovaFile } from '../../../schema/parse.ts';

describe('unbuiltDoubts', () => {
  it('warns at the key of what is not built yet, and says nothing of the rest', async () => {
    const text = `project = "lab"
[network.lan]
subnet = "192.168.77.1/24"
[vm.box]
image = "./box.qcow2"
network = { name = "lan", mac = "52:54:00:12:34:56" }
[image.debian]
source = "https://cloud.example.org/debian.qcow2"
sha256 = "${'a'.repeat(64)}"
`;
    const parsed = await parseNovaFile({ text, file: '/srv/NovaFile.toml', doubts: unbuiltDoubts });
    const told = parsed.warnings.map(
      ({ code, at, message }) => `${at?.line}:${at?.column} ${code} ${message}`,
    );
    expect(told).toEqual([
      '6:27 not-built vm.box: `network.mac` is not built yet',
      '8:10 not-built image.debian: downloads are not built yet',
    ]);
  });
});
