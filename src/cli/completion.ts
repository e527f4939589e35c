/** `completion`: what a shell needs to complete our commands and flags, as a script of its own. */
import { Argument, type Command, type Option } from "commander";
import { type Completions, type Place, scripts, type Word } from "./completion-scripts.ts";
import { formatWords } from "./format.ts";

const shells = ["bash", "zsh", "fish", "powershell"] as const;

/** Comes after all other commands: it knows those that there are by then. */
export function addCompletion(program: Command, print: (text: string) => void): void {
  program
    .command("completion")
    .description("print the script by which a shell completes commands and flags")
    .addArgument(new Argument("<shell>", "which shell").choices(shells))
    .action((shell: (typeof shells)[number]) => print(scripts[shell](completionsOf(program))));
}

function completionsOf(program: Command): Completions {
  const places: Place[] = [];
  const visit = (command: Command, path: readonly string[]): void => {
    const children = command.commands.filter((child) => child.name() !== "help");
    const shell = path.join(" ") === "completion" ? shells.map((name) => ({ text: name, about: "" })) : [];
    places.push({
      path: path.join(" "),
      names: command === program ? [] : [command.name(), ...command.aliases()],
      words: [...children.flatMap(wordsOf), ...shell],
      flags: command.options.filter(({ hidden }) => !hidden).flatMap(flagsOf),
    });
    for (const child of children) visit(child, [...path, child.name()]);
  };
  visit(program, []);
  const values = new Map<string, readonly string[]>([["--format", formatWords]]);
  for (const option of optionsOf(program)) {
    if (option.argChoices !== undefined && option.long !== undefined) values.set(option.long, option.argChoices);
  }
  return { places, values };
}

/** Its name, and those of its aliases that whoever begins to type the name would not come upon. */
function wordsOf(command: Command): Word[] {
  const names = [command.name(), ...command.aliases().filter((alias) => !alias.startsWith(command.name()))];
  return names.map((text) => ({ text, about: about(command.description()) }));
}

function optionsOf(command: Command): readonly Option[] {
  return [...command.options, ...command.commands.flatMap(optionsOf)];
}

function flagsOf({ long, short, description }: Option): Word[] {
  return [long, short].filter((text) => text !== undefined).map((text) => ({ text, about: about(description) }));
}

/** What fits in a shell's quotes, and in a line. */
function about(description: string): string {
  return (description.split(/[;:(]/)[0] ?? "").replace(/[^\w ,.-]/g, "").trim();
}
