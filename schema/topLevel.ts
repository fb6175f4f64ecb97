/** What is said of the keys at the top of a NovaFile that are no kinds. */
export const topLevel: Readonly<Record<string, { readonly what: string; readonly example: string }>> = {
  project: {
    what: 'The name of the project: lower-case letters, digits and `-`, a letter first, at most 40. Required. What Nova makes carries it.',
    example: 'project = "lab"',
  },
  include: {
    what: 'Further files that say a part of the project: paths, or patterns as `hosts/*.toml`, seen from the file that includes them.',
    example: 'include = ["net.toml", "hosts/*.toml"]',
  },
  vars: {
    what: 'Variables with their defaults: `${var.NAME}` stands for one in any value. An expression that stands alone keeps the type.',
    example: 'vars = { memory = "2Gi", replicas = 3 }',
  },
  defaults: {
    what: 'What resources of a kind say unless they say otherwise themselves: a table for each kind.',
    example: 'defaults.vm = { memory = "2Gi" }',
  },
  profile: {
    what: 'What is laid over all else when `--profile NAME` asks for it: a table for each name, with `vars`, `defaults` and resources.',
    example: 'profile.prod.vm.db = { memory = "16Gi" }',
  },
  auto: {
    what: 'What `nova watch` and `nova controller` may do without a person agreeing to it: any of `create`, `update`, `restart`, `replace`, `delete`; without it `create`, `update` and `delete`. Whoever runs the controller may say otherwise, with `--auto` or in its configuration. Losing data, and deleting more than a fifth of what is there, always has to be agreed to.',
    example: 'auto = ["create", "update", "restart"]',
  },
  limits: {
    what: 'What the project may ask of its host. `overcommit`: how much of the processors (`cpu`, 8 times what there is unless it says otherwise) and of the memory (`memory`, 1) is promised to machines and capsules together; what would run and no longer fits is refused by `nova plan`. `vms`: machines that run at most.',
    example: 'limits = { overcommit = { memory = 1.5 }, vms = 20 }',
  },
  secrets: {
    what: 'Where the values of secrets come from: `file` (encrypted with age), `identity`, `recipients`, and `from` for those in a variable or a file.',
    example: 'secrets = { file = "./secrets.age" }',
  },
  moved: {
    what: 'Resources that have another address now. What is there goes along, and nothing restarts.',
    example: 'moved = [{ from = "container.web", to = "container.api" }]',
  },
};
