/**
 * What each shell needs to ask portia for the words that can come next. They print one word per line, with what it is.
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
  local -a found
  local value about
  while IFS=$'\\t' read -r value about; do
    found+=("\${value//:/\\\\:}:$about")
  done < <(portia completion words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( $#found )); then _describe portia found; else _files; fi
}
compdef _portia portia
`,
  fish: `# mkdir -p ~/.config/fish/completions
# portia completion fish > ~/.config/fish/completions/portia.fish
complete -c portia -a '(portia completion words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'
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
