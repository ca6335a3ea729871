// Builds the page. The same sources give the same bytes: no hashes, no dates, pinned tools.
//
//   node build.mjs            into ../src/antiphon/page
//   node build.mjs --out DIR  into DIR
//   node build.mjs --verify   into a temporary folder; fails if the committed build differs
//   node build.mjs --test     bundles test/*.test.ts and runs them with Node's own test runner
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const committed = join(here, "..", "src", "antiphon", "page");
const files = ["index.html", "icon.svg", "page.js", "livekit.js", "page.css", "ear-worklet.js"];
const note = "Built from web/ by `npm run build`: change it there.";

/** The LiveKit line is a file of its own, loaded when a call needs it. */
const apart = {
  name: "apart",
  setup(build) {
    build.onResolve({ filter: /^\.\/livekit-line$/ }, () => ({ path: "./livekit.js", external: true }));
  },
};

async function bundle(out) {
  mkdirSync(out, { recursive: true });
  await build({
    absWorkingDir: here,
    entryPoints: { page: "src/main.ts", livekit: "src/livekit-line.ts", "ear-worklet": "src/ear-worklet.ts" },
    outdir: out,
    bundle: true,
    plugins: [apart],
    minify: true,
    format: "esm",
    target: ["chrome110", "firefox110", "safari16.4"],
    charset: "utf8",
    legalComments: "none",
    banner: { js: `/* ${note} */` },
    logLevel: "warning",
  });
  await build({
    absWorkingDir: here,
    entryPoints: { page: "styles/page.css" },
    outdir: out,
    bundle: true,
    minify: true,
    target: ["chrome110", "firefox110", "safari16.4"],
    charset: "utf8",
    banner: { css: `/* ${note} */` },
    logLevel: "warning",
  });
  for (const name of ["index.html", "icon.svg"]) copyFileSync(join(here, name), join(out, name));
}

async function verify() {
  const out = mkdtempSync(join(tmpdir(), "antiphon-page-"));
  try {
    await bundle(out);
    const differing = files.filter((name) => !same(join(out, name), join(committed, name)));
    if (differing.length > 0) {
      console.error(`The committed page differs from its source: ${differing.join(", ")}. Run \`npm run build\` in web/ and commit.`);
      return 1;
    }
    console.log("The committed page equals its source.");
    return 0;
  } finally {
    rmSync(out, { recursive: true });
  }
}

function same(a, b) {
  try {
    return readFileSync(a).equals(readFileSync(b));
  } catch {
    return false;
  }
}

async function test() {
  const out = mkdtempSync(join(tmpdir(), "antiphon-page-tests-"));
  try {
    const names = readdirSync(join(here, "test")).filter((name) => name.endsWith(".test.ts"));
    await build({
      absWorkingDir: here,
      entryPoints: names.map((name) => join("test", name)),
      outdir: out,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      platform: "node",
      format: "esm",
      sourcemap: "inline",
      logLevel: "warning",
    });
    const built = names.map((name) => join(out, name.replace(/\.ts$/, ".mjs")));
    return spawnSync(process.execPath, ["--enable-source-maps", "--test", ...built], { stdio: "inherit" }).status ?? 1;
  } finally {
    rmSync(out, { recursive: true });
  }
}

const [option, value] = process.argv.slice(2);
if (option === "--verify") process.exitCode = await verify();
else if (option === "--test") process.exitCode = await test();
else await bundle(option === "--out" && value ? value : committed);
