/**
 * What each shell needs to ask portia for the words that can come next. Where there are none it completes names of files.
 */
export const COMPLETION_SCRIPTS = {
  bash: `# mkdir -p ~/.local/share/bash-completion/completions
# portia completion bash > ~/.local/share/bash-completion/completions/portia
_portia() {
  local IFS=$'\\n'
  COMPREPLY=($(portia completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
  if [[ \${COMPREPLY[0]} == *= ]]; then compopt -o nospace; fi
}
complete -o default -F _portia portia
`,
  zsh: `#compdef portia
# portia completion zsh > "\${fpath[1]}/_portia"
_portia() {
  local -a found end
  local value about
  while IFS=$'\\t' read -r value about; do
    found+=("\${value//:/\\\\:}\${about:+:$about}")
    if [[ $value == *= ]]; then end=(-S ''); fi
  done < <(portia completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#found )); then _describe portia found "\${end[@]}"; else _files; fi
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _portia "$@"; else compdef _portia portia; fi
`,
  fish: `# mkdir -p ~/.config/fish/completions
# portia completion fish > ~/.config/fish/completions/portia.fish
function __portia_words
  set -g __portia_found (portia completion words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)
  test (count $__portia_found) -gt 0
end
complete -c portia -f -n __portia_words -a '$__portia_found'
`,
  powershell: `# portia completion powershell >> $PROFILE
Register-ArgumentCompleter -Native -CommandName portia -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  if ($wordToComplete -eq '') { $words += '' }
  portia completion words -- @words 2>$null | ForEach-Object {
    $value, $about = $_ -split "\`t", 2
    [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $about ? $about : $value)
  }
}
`,
} as const;
