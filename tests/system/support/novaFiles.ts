/** Two capsules on a NAT network with a volume: what most tests start from. `./root` is a busybox root. */
export const twoCapsules = `
project = "demo"

[network.lan]
subnet = "192.168.77.1/24"
dhcp_range = "192.168.77.100-192.168.77.150"

[volume.pages]
mode = "0755"

[container.web]
capsule = "./root"
command = ["sh", "-c", "echo hello > /srv/pages/index.html; exec httpd -f -p 80 -h /srv/pages"]
network = "lan"
volumes = ["pages:/srv/pages"]
ports = ["8080:80"]
limits = { memory = "64Mi", pids = 50, cpu = 0.5 }
health = { http = ":80/" }
restart = "never"
stop_timeout = 1

[container.visitor]
capsule = "./root"
command = ["sh", "-c", "wget -q -O - http://web/ && exec sleep 100000"]
network = "lan"
depends_on = ["container.web"]
restart = "never"
stop_timeout = 1
`;
