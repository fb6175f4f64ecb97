/** What the unit of a controller is made of. */
export interface UnitOptions {
  /** Program and arguments, each path absolute. */
  readonly command: readonly string[];
}

/**
 * Pure: the unit of a controller for systemd (systemd.service(5), systemd.exec(5), systemd.kill(5)).
 *
 * What it starts outlives it: only the controller itself is ever signalled, also on a stop, and one guest that has run out of
 * memory stops nothing else. What would give it a mount namespace (`ProtectSystem`, `PrivateTmp` and their like) would
 * hide its mounts from the host and from the controller after it; what is done by seccomp or `NoNewPrivileges` would
 * be handed down to every guest. So the hardening is of what only the controller has.
 */
export function unitText({ command }: UnitOptions): string {
  return `[Unit]
Description=Nova keeps this host as its sources say
After=local-fs.target network.target
# When it cannot start it is tried again for ever, with pauses.
StartLimitIntervalSec=0

[Service]
Type=notify
NotifyAccess=main
ExecStart=${command.map(quoted).join(' ')}
ExecReload=/bin/kill -HUP $MAINPID
Restart=on-failure
RestartSec=2s
WatchdogSec=60s
# Steps in hand are finished.
TimeoutStopSec=5min

# Guests go on running on a stop, a restart and an upgrade.
KillMode=process
SendSIGHUP=no
OOMPolicy=continue
Delegate=yes
TasksMax=infinity
RuntimeDirectory=nova
RuntimeDirectoryMode=0755
RuntimeDirectoryPreserve=yes

# What neither it nor an ordinary capsule needs; a capsule that adds one of these needs a drop-in that gives it back.
CapabilityBoundingSet=~${dropped.map((name) => `CAP_${name}`).join(' ')}
KeyringMode=private

[Install]
WantedBy=multi-user.target
`;
}

const dropped = [
  'AUDIT_CONTROL',
  'AUDIT_READ',
  'BLOCK_SUSPEND',
  'MAC_ADMIN',
  'MAC_OVERRIDE',
  'SYSLOG',
  'SYS_PACCT',
  'SYS_TIME',
  'WAKE_ALARM',
];

/** systemd.service(5), "Command lines": quotes, and `%` and `$` that mean themselves. */
function quoted(word: string): string {
  const escaped = word
    .replaceAll(/[\\"]/g, String.raw`\$&`)
    .replaceAll('%', '%%')
    .replaceAll('$', () => '$$');
  return /^[\w@%+=:,./-]+$/.test(escaped) ? escaped : `"${escaped.replaceAll('\n', String.raw`\n`)}"`;
}
