// graphile-worker through `n` no-op jobs: local queue, batched completion, jobs added before the clock starts.
import { run, runMigrations } from "graphile-worker";
import pg from "pg";

const [, , connectionString, count] = process.argv;
const n = Number(count);
await runMigrations({ connectionString });
const pool = new pg.Pool({ connectionString, max: 12 });
await pool.query("select graphile_worker.add_jobs(array(select row('noop', '{}'::json, null, null, null, null, null, null)::graphile_worker.job_spec from generate_series(1, $1)))", [n]);
await pool.query("analyze");
let done = 0;
let finish;
const finished = new Promise((resolve) => (finish = resolve));
const begin = process.hrtime.bigint();
const quiet = { logger: undefined };
const { Logger } = await import("graphile-worker");
const runner = await run({
  pgPool: pool,
  preset: { worker: { concurrentJobs: 24, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
  logger: new Logger(() => () => {}),
  taskList: { noop: () => { if (++done === n) finish(); } },
});
await finished;
const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
await runner.stop();
await pool.end();
console.log(JSON.stringify({ jobs_per_second: n / seconds }));
process.exit(0);
