/* Work behind the page, an import or an analysis: how far it is, and fresh layers when it is done. */

import { CHECK_SERVICE } from "../../core/words.py";
import { el } from "../../static/shared/dom.js";
import { request } from "../../static/shared/request.js";

export function followJobs(city, { node, button }) {
  const TITLES = {
    analyse: "分析热点",
    daily: "每日分析",
    import: "导入",
    backtest: "回头检验",
    watch: "预警监测",
    order: "制作行动单",
  };
  const ANALYSES = ["analyse", "daily"];
  const RUNNING = ["todo", "doing"];
  const followed = new Set();
  let next = 0;
  let newest = null; // a job may start and end between two looks
  const [SOON, LATER] = [1000, 15000];

  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await start();
      await look();
    } catch (error) {
      city.fail(error.sentence || `分析没有开始,${CHECK_SERVICE}`);
      button.disabled = false;
    }
  });
  document.addEventListener("visibilitychange", look);
  look();

  async function start() {
    await request("/api/analyses", { method: "POST" });
  }

  /* Looks again soon while something runs, else now and then; a hidden page and an unreachable service are left alone. */
  async function look() {
    clearTimeout(next);
    const jobs = document.hidden ? null : await request("/api/jobs?limit=5").catch(() => null);
    const running = jobs ? await tell(jobs) : 0;
    next = setTimeout(look, running ? SOON : LATER);
  }

  async function tell(jobs) {
    const running = jobs.filter((job) => RUNNING.includes(job.status));
    running.forEach((job) => followed.add(job.job_id));
    show(running[0]);
    const isNew = ({ job_id }) => followed.delete(job_id) || (newest !== null && job_id > newest);
    const done = jobs.filter((job) => !RUNNING.includes(job.status) && isNew(job));
    newest = Math.max(0, ...jobs.map(({ job_id }) => job_id));
    for (const job of done) await ended(job);
    return running.length;
  }

  function show(job) {
    node.hidden = !job;
    button.disabled = Boolean(job);
    if (!job) return;
    const waiting = job.status === "todo" ? ",排队中" : "";
    const bar = el("progress", { max: 1, "aria-label": "进度" });
    if (job.total) bar.value = job.done / job.total;
    node.replaceChildren(
      el("span", {}, `${TITLES[job.task] ?? job.task}${waiting}${job.note ? `:${job.note}` : ""}`),
      bar,
    );
  }

  async function ended(job) {
    if (job.task === "order") return; // told where it was asked for
    if (job.status !== "succeeded")
      return city.fail(`${TITLES[job.task] ?? job.task}没有做完${job.note ? `:${job.note}` : ""}。`);
    if (job.result?.warnings?.length) return location.reload(); // the page then says what is gone, and offers it back
    if (ANALYSES.includes(job.task) && job.result?.until) {
      city.config.period.analysed_until = job.result.until;
      city.tell("analysed", job.result.until);
    }
    return city.reload();
  }
}
