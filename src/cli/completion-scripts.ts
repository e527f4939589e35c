/** Completion in the languages of four shells, from one table of places. */

export interface Word {
  readonly text: string;
  /** Letters, digits and the like only, so that no shell has to quote it. */
  readonly about: string;
}

/** Where a command line stands when these words are behind it. */
export interface Place {
  /** Words between spaces; empty at the beginning. */
  readonly path: string;
  /** By which the last word of the path may be typed. */
  readonly names: readonly string[];
  readonly words: readonly Word[];
  readonly flags: readonly Word[];
}

export interface Completions {
  readonly places: readonly Place[];
  /** Of flags that have only so many. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

export const scripts = { bash, zsh, fish, powershell } as const;

const parentOf = (path: string) => path.split(" ").slice(0, -1).join(" ");
const texts = (words: readonly Word[]) => words.map(({ text }) => text).join(" ");

/** A line for each name by which one comes from a place to the next. */
function steps({ places }: Completions, line: (from: string, name: string, to: string) => string): string {
  return places.flatMap(({ path, names }) => names.map((name) => line(parentOf(path), name, path))).join("\n");
}

function values({ values: known }: Completions, line: (flag: string, words: readonly string[]) => string): string {
  return [...known].map(([flag, words]) => line(flag, words)).join("\n");
}

function bash(all: Completions): string {
  return `# bash completion of tessera
_tessera() {
  local place="" words="" flags="" word i
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    case "$place/$word" in
${steps(all, (from, name, to) => `      "${from}/${name}") place="${to}" ;;`)}
    esac
  done
  case "$place" in
${all.places.map(({ path, words, flags }) => `    "${path}") words="${texts(words)}" flags="${texts(flags)} --help" ;;`).join("\n")}
  esac
  case "$previous" in
${values(all, (flag, words) => `    ${flag}) words="${words.join(" ")}" ;;`)}
    *) [[ "$current" == -* ]] && words="$flags" ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
  [[ "\${COMPREPLY[0]}" == *= ]] && compopt -o nospace
  return 0
}
complete -o default -F _tessera tessera
`;
}

function zsh(all: Completions): string {
  const described = (words: readonly Word[]) => words.map(({ text, about }) => `'${text}:${about}'`).join(" ");
  return `#compdef tessera
# zsh completion of tessera
_tessera() {
  local place="" word
  local -a found flags
  integer i
  for ((i = 2; i < CURRENT; i++)); do
    word="\${words[i]}"
    case "$place/$word" in
${steps(all, (from, name, to) => `      "${from}/${name}") place="${to}" ;;`)}
    esac
  done
  case "$place" in
${all.places.map(({ path, words, flags }) => `    "${path}") found=(${described(words)}) flags=(${described(flags)} '--help:show help') ;;`).join("\n")}
  esac
  case "\${words[CURRENT-1]}" in
${values(all, (flag, words) => `    ${flag}) compadd -S '' -- ${words.join(" ")}; return ;;`)}
  esac
  if [[ "\${words[CURRENT]}" == -* ]]; then
    _describe flag flags
  elif (( \${#found} )); then
    _describe command found
  else
    _files
  fi
}
if [[ "$funcstack[1]" == _tessera ]]; then
  _tessera "$@"
else
  compdef _tessera tessera
fi
`;
}

function fish(all: Completions): string {
  const at = (path: string) => `complete -c tessera -n 'test (__tessera_place) = "${path}"'`;
  const flag = ({ text, about }: Word) =>
    `${text.startsWith("--") ? `-l ${text.slice(2)}` : `-s ${text.slice(1)}`} -d '${about}'`;
  const lines = all.places.flatMap(({ path, words, flags }) => [
    ...words.map(({ text, about }) => `${at(path)} -f -a ${text} -d '${about}'`),
    ...flags.map((one) => `${at(path)} ${flag(one)}`),
  ]);
  return `# fish completion of tessera
function __tessera_place
    set -l place ""
    for word in (commandline -opc)[2..-1]
        switch "$place/$word"
${steps(all, (from, name, to) => `            case "${from}/${name}"\n                set place "${to}"`)}
        end
    end
    echo "$place"
end
complete -c tessera -l help -d 'show help'
${values(all, (name, words) => `complete -c tessera -l ${name.slice(2)} -x -a '${words.join(" ")}'`)}
${lines.join("\n")}
`;
}

function powershell(all: Completions): string {
  const list = (words: readonly string[]) => `@(${words.map((word) => `'${word}'`).join(", ")})`;
  const entries = all.places.map(({ path, words, flags }) => {
    const flagList = list([...flags.map(({ text }) => text), "--help"]);
    return `        '${path}' = @{ Words = ${list(words.map(({ text }) => text))}; Flags = ${flagList} }`;
  });
  return `# PowerShell completion of tessera
Register-ArgumentCompleter -Native -CommandName tessera -ScriptBlock {
    param($current, $line, $cursor)
    $steps = @{
${steps(all, (from, name, to) => `        '${from}/${name}' = '${to}'`)}
    }
    $places = @{
${entries.join("\n")}
    }
    $values = @{
${values(all, (flag, words) => `        '${flag}' = ${list(words)}`)}
    }
    $place = ''
    $previous = ''
    foreach ($element in $line.CommandElements | Select-Object -Skip 1) {
        if ($element.Extent.EndOffset -ge $cursor) { break }
        $previous = $element.ToString()
        $next = $steps["$place/$previous"]
        if ($null -ne $next) { $place = $next }
    }
    $found = if ($values.ContainsKey($previous)) { $values[$previous] }
        elseif ($current.StartsWith('-')) { $places[$place].Flags }
        else { $places[$place].Words }
    $found | Where-Object { $_ -like "$current*" } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
    }
}
`;
}
