/* A page whose figures are made in the queue: how far the work is, and the page anew when it is done. */

import { at, el, one } from "./dom.js";
import { request } from "./request.js";

export function followQueue() {
  const node = at("queue");
  const { task, title } = node.dataset;
  const button = one(node.dataset.button ?? ".head button");
  const RUNNING = ["todo", "doing"];
  const [SOON, LATER] = [1000, 15000];
  let followed = null;
  look();

  /* A hidden page and an unreachable service are left alone. */
  async function look() {
    const jobs = document.hidden ? null : await newest();
    const job = jobs?.find((each) => each.task === task && RUNNING.includes(each.status));
    if (job) show(job);
    else if (jobs && followed) return ended(jobs.find((each) => each.job_id === followed));
    setTimeout(look, followed ? SOON : LATER);
  }

  function newest() {
    return request("/api/jobs?limit=20").catch(() => null);
  }

  function show(job) {
    followed = job.job_id;
    button.disabled = true;
    const bar = el("progress", { "aria-label": "进度" });
    if (job.total) bar.value = job.done / job.total;
    node.replaceChildren(`${title}${job.status === "todo" ? ",排队中" : ""}${job.note ? `:${job.note}` : ""} `, bar);
    node.hidden = false;
  }

  function ended(job) {
    if (job?.status === "succeeded") return location.reload();
    node.textContent = `${title}没有做完${job?.note ? `:${job.note}` : ""}。`;
    button.disabled = false;
    followed = null;
    setTimeout(look, LATER);
  }
}
