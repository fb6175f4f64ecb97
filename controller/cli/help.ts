export const help = `Nova makes this host look like a NovaFile.

  nova validate [FILE]     say everything that is wrong with a NovaFile
  nova plan [FILE]         show exactly what would change
  nova apply [FILE|PLAN]   make it so, after asking; or run exactly the plan that was saved
  nova drift [FILE]        say how the host differs; exit code 2 when it does
  nova destroy [FILE]      take away everything that the project owns
  nova ls [FILE]           list resources and their state
  nova logs NAME           show what a container has printed
  nova exec NAME -- CMD    run a command in a container
  nova console NAME        talk to a virtual machine on its serial console; Ctrl-] leaves
  nova run ADDRESS         apply one resource and what it depends on, without asking
  nova stop NAME...        stop what runs; it stays so until it is started, or the next apply
  nova start NAME...       start it again, as the NovaFile says
  nova restart NAME...     stop it and start it
  nova forget ADDRESS...   give it up: it stays as it is, and Nova does not own it any more
  nova history [FILE]      list what has been applied as a whole
  nova rollback [N]        apply generation N again (the one before the newest), after asking
  nova import [NAME...]    print a NovaFile for bridges, containers and machines that are not Nova's
  nova secret VERB         secrets of a NovaFile: set NAME (from standard input), ls, edit, rekey
  nova fmt [FILE...]       put NovaFiles in canonical form; - is standard input
  nova render [FILE]       print what a NovaFile comes to, without includes and variables, secrets hidden
  nova graph [FILE]        draw what refers to what, for Graphviz or Mermaid
  nova schema docs|json    print the reference of the NovaFile (of one kind: docs vm), or a JSON Schema for editors
  nova completion SHELL    print what bash, zsh or fish needs to complete commands and addresses
  nova watch [DIR]         keep this host as the NovaFile says, for ever: repair it, and follow the file
  nova controller [FILE]   the same for repositories of git and several sources; FILE configures them
  nova status              say how everything that is followed stands; exit code 1 when something is not ready
  nova events [-f]         list what a controller did and met; -f goes on
  nova approve SOURCE      agree to what a controller waits with
  nova reconcile SOURCE    look at a source now, and try again what failed
  nova suspend SOURCE      let a source rest: nothing is read and nothing changed for it
  nova resume SOURCE       go on with a source that rests
  nova hook install R S    let the bare repository R tell the controller of each push to source S
  nova token VERB          who may use the control API over the network: add NAME --role ROLE, ls, rm NAME
  nova net VERB            networks: ls, show NAME, leases [NAME...]; create NAME with keys of its table as options: adds it
                           to the NovaFile, shows the plan of the whole project, and applies it
  nova gpu VERB            GPUs and other PCI devices: ls, info ADDRESS, diagnose [ADDRESS...]; bind, unbind, reset
                           ADDRESS... or --filter: hand them over, give them back, reset them
  nova install-service     write a unit for systemd: nova controller [FILE] with these options
  nova doctor              say what this machine lacks, and how to get it

FILE is a NovaFile or a folder that holds NovaFile.toml; without it, the working folder.

  -f, --file PATH          the NovaFile, where a command takes something else
  -o, --out FILE           plan: save it for nova apply; it may hold secrets, and only you can read it
      --profile NAME       lay the tables [profile.NAME...] of the NovaFile over the others; net create: nat, internal
                           or external
      --var NAME=VALUE     the value of a variable of [vars]; may be repeated
      --var-file FILE      values of variables, as name = value in TOML; may be repeated
      --netns NAME         act in this network namespace as if it were the host's; made if absent
      --state-dir DIR      what Nova remembers (/var/lib/nova/state)
      --data-dir DIR       volumes, layers, logs (/var/lib/nova)
      --target ADDRESS     only this resource and what it depends on; may be repeated
      --filter KEY=VALUE   gpu: the GPUs of this vendor, device, driver or group; may be repeated
      --type TYPE          net create: bridge or macvlan
      --subnet CIDR        net create: the host's address in it with the prefix, as 192.168.77.1/24
      --subnet6 CIDR       net create: the same for IPv6
      --dhcp-range RANGE   net create: what DHCP may lend, as 192.168.77.50-192.168.77.150
      --dhcp-range6 RANGE  net create: the same for DHCPv6
      --gateway IP         net create: another router than the host
      --uplink LINK        net create: the interface of the host to the world
      --interface LINK     net create: an interface of the host that becomes a port; may be repeated
      --vlan N             net create: the VLAN on interfaces and uplink
      --mtu N              net create: the largest packet
      --domain DOMAIN      net create: the DNS domain (NAME.internal)
  -y, --yes                do not ask
      --check              fmt: change nothing; exit code 2 when a file is not in canonical form
      --format FORMAT      validate, plan, drift: text, json, markdown, sarif, junit or github;
                           graph: dot or mermaid
      --install            doctor: get what is missing, after asking
      --json               for programs; the format is versioned
      --detailed-exitcode  plan: exit code 2 when there are changes
      --delete-volumes     apply, destroy: delete volumes that are not declared, with their data
      --parallelism N      resources worked on at once (twice the cores; of networks 128)
      --once               watch, controller: until everything is as declared, or cannot be
      --auto LIST          what needs nobody's consent (create,update,delete; also restart, replace)
      --deadline TIME      how long a new version may take to get ready before the old one is back (5m)
      --interval TIME      how often to look at the source even if nothing was heard (60s; of git 30s)
      --name NAME          what the source is called
      --repo URL           controller: https, ssh, or the path of a bare repository
      --ref REF            main, tag:NAME, semver:RANGE, or a commit
      --path PATH          the NovaFile, or its folder, in the repository (.)
      --token-file FILE    for https: holds a token
      --allowed-signers F  only commits or tags that one of these SSH keys has signed
      --keyring FILE       only those that one of these OpenPGP keys has signed
      --hook-secret-file F take webhooks (POST /hooks/SOURCE) that are signed with the secret in it
      --listen ADDRESS     controller: where webhooks come in, as 127.0.0.1:8787
      --api ADDRESS        controller: where the control API is, with TLS and for who has a token
      --tls-cert FILE      its certificate, in PEM, and
      --tls-key FILE       the key of that
      --role ROLE          token add: view, plan, apply or admin
      --unit FILE          install-service: where the unit goes (/etc/systemd/system/nova.service)
      --rewind             reconcile: what would go back is meant
      --lock-timeout S     wait so many seconds for another run of the project (0)
      --follow             logs: go on as more is printed
  -n, --lines N            logs, history: only the last N
      --version, -h, --help

NOVA_NETNS, NOVA_STATE_DIR and NOVA_DATA_DIR stand in for the options of those names.

Exit codes: 0 done or nothing to do; 1 error; 2 changes or drift found; 130 interrupted.
`;
