export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/**
 * What a shell is to be told. Each asks `nova completion words` for what the word under the cursor may become: lines of
 * a word, a tab, and what it is. Where that is nothing, a file is completed.
 */
export const scripts: Readonly<Record<Shell, string>> = {
  bash: `# nova: in ~/.bashrc: source <(nova completion bash)
_nova() {
  local word about
  COMPREPLY=()
  while IFS=$'\\t' read -r word about; do
    COMPREPLY+=("$word")
  done < <(nova completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _nova nova
`,
  zsh: `#compdef nova
# nova: in ~/.zshrc, after compinit: source <(nova completion zsh); or as a file _nova in a folder of $fpath
_nova() {
  local word about
  local -a all
  while IFS=$'\\t' read -r word about; do
    all+=("\${word//:/\\\\:}\${about:+:$about}")
  done < <(nova completion words -- "\${(@Q)words[2,CURRENT]}" 2>/dev/null)
  if (( $#all )); then
    _describe nova all
  else
    _files
  fi
}
if [[ "\${funcstack[1]}" == _nova ]]; then
  _nova "$@"
else
  compdef _nova nova
fi
`,
  fish: `# nova: nova completion fish >~/.config/fish/completions/nova.fish
function __nova_words
    set -l words (commandline -opc) (commandline -ct)
    set -l all (nova completion words -- $words[2..] 2>/dev/null)
    if test (count $all) -gt 0
        string join \\n -- $all
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c nova -f -a '(__nova_words)'
`,
};
