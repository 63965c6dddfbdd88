/**
 * The first thing that runs: `node scripts/start.mjs <command> [arguments]`.
 *
 * It has no dependencies and runs on whichever Node.js is on the machine. It installs what the command
 * needs, then hands over to Node.js 24 and scripts/commands/<command>.ts.
 */
const oldest = 20;

if (Number.parseInt(process.versions.node, 10) < oldest) {
  console.error(
    `fanfare: Node.js ${process.versions.node} is too old: install Node.js ${oldest} or later (https://nodejs.org) and run this again.`,
  );
  process.exitCode = 1;
} else {
  import('./toolchain/main.mjs').then(async ({ main }) => {
    process.exitCode = await main(process.argv.slice(2));
  });
}
