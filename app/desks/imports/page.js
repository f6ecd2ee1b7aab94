/* Takes a file in parts, shows what would be understood of it, lets it be corrected, imports it and tells the outcome. */

import { at } from "../../static/shared/dom.js";
import { request } from "../../static/shared/request.js";
import { config, page, show } from "./common.js";
import { showPreview } from "./preview.js";
import { difference, showClashes, showReport } from "./report.js";

const LOOK_MS = 400;
let file = null; // {id, name} of what has been handed over
let corrections = clean();
let looks = 0;

at("file").addEventListener("change", (event) => take(event.target.files[0]));
at("layer").addEventListener("change", () => {
  at("template").href = `/templates/${encodeURIComponent(at("layer").value)}.xlsx`;
  if (file) (reset(), preview());
});
at("sheet").addEventListener("change", (event) => correct({ sheet: event.target.value, mapping: {}, drop: [] }));
at("datum").addEventListener("change", (event) => correct({ datum: event.target.value }));
at("crs").addEventListener("change", (event) => correct({ crs: event.target.value.trim() }));
at("order").addEventListener("change", (event) => correct({ order: event.target.value }));
at("start").addEventListener("click", () => attempt(run));
for (const id of ["again", "next"]) at(id).addEventListener("click", begin);
for (const name of ["dragenter", "dragover"]) at("drop").addEventListener(name, (event) => hover(event, true));
for (const name of ["dragleave", "drop"]) at("drop").addEventListener(name, (event) => hover(event, false));
at("drop").addEventListener("drop", (event) => take(event.dataTransfer.files[0]));
window.addEventListener("dragover", (event) => event.preventDefault()); // a file beside the field is not opened instead
window.addEventListener("drop", (event) => event.preventDefault());
window.addEventListener("pagehide", forget);
page.dataset.drawn = "all";

function clean() {
  return { sheet: "", datum: "", crs: "", order: "lonlat", mapping: {}, drop: [] };
}

function hover(event, over) {
  event.preventDefault();
  at("drop").classList.toggle("over", over);
}

/* One step: what goes wrong is said in one sentence, and nothing stays half shown. */
async function attempt(step) {
  at("fault").hidden = true;
  page.setAttribute("aria-busy", "true");
  try {
    await step();
  } catch (error) {
    at("fault").textContent = error.message;
    at("fault").hidden = false;
  } finally {
    at("wait").hidden = true;
    page.removeAttribute("aria-busy");
  }
}

function waiting(sentence, share) {
  at("doing").textContent = share === undefined ? sentence : `${sentence} ${Math.floor(share * 100)}%`;
  if (share === undefined) at("share").removeAttribute("value");
  else at("share").value = share;
  at("wait").hidden = false;
}

function reset() {
  corrections = clean();
}

function begin() {
  forget();
  reset();
  at("file").value = "";
  show(null);
  at("fault").hidden = true;
  at("file").focus();
}

function forget() {
  if (file && !file.importing)
    request(`/api/uploads/${file.id}`, { method: "DELETE", keepalive: true }).catch(() => null);
  file = null;
}

function take(chosen) {
  if (!chosen) return;
  forget();
  reset();
  show(null);
  attempt(async () => {
    if (chosen.size > config.largest_mib * 2 ** 20)
      throw new Error(
        `文件有 ${Math.ceil(chosen.size / 2 ** 20)} MB,网页一次最多收 ${config.largest_mib} MB;更大的请用 wuchuan import 导入。`,
      );
    const { upload } = await request("/api/uploads", {
      method: "POST",
      body: new URLSearchParams({ size: chosen.size }),
    });
    for (let sent = 0; sent < chosen.size; sent += config.part_bytes) {
      waiting("正在上传", sent / chosen.size);
      const part = chosen.slice(sent, sent + config.part_bytes);
      await request(`/api/uploads/${upload}/file?at=${sent}`, { method: "PUT", body: part });
    }
    file = { id: upload, name: chosen.name };
    await look();
  });
}

const preview = () => attempt(look);

function correct(changes) {
  corrections = { ...corrections, ...(typeof changes === "function" ? changes(corrections) : changes) };
  preview();
}

function asked() {
  return { layer: at("layer").value, name: file.name, ...corrections };
}

/* Of two questions asked in haste the answer to the later one counts, whichever comes first. */
async function look() {
  looks += 1;
  const turn = looks;
  waiting("正在读取前几百行");
  const told = await request(`/api/uploads/${file.id}/preview`, { method: "POST", json: asked() });
  if (turn !== looks) return;
  showPreview(told, corrections, correct);
  show("preview");
  at("difference-part").hidden = Boolean(told.fault);
  if (!told.fault) await compare(turn);
}

/* What the import would change, and what others have changed meanwhile, before anything is stored. */
async function compare(turn) {
  at("start").disabled = true;
  at("difference").textContent = "正在比较……";
  at("clashes-part").hidden = true;
  waiting("正在与已存的比较");
  const report = await request(`/api/uploads/${file.id}/difference`, { method: "POST", json: asked() }).catch(
    (error) => error,
  );
  if (turn !== looks) return;
  at("start").disabled = Boolean(report.file);
  at("difference").textContent = report instanceof Error ? report.message : difference(report);
  showClashes(report.refused ?? []);
}

async function run() {
  file.importing = true;
  at("start").disabled = true;
  try {
    waiting("正在导入");
    const { job_id } = await request(`/api/uploads/${file.id}/import`, { method: "POST", json: asked() });
    if (job_id !== null) await follow(job_id);
    showReport(await request(`/api/uploads/${file.id}/report`), file.id);
  } finally {
    file.importing = false;
    at("start").disabled = false;
  }
}

async function follow(job_id) {
  for (;;) {
    const job = await request(`/api/jobs/${job_id}`);
    if (job.status === "succeeded") return;
    if (!["todo", "doing"].includes(job.status))
      throw new Error(`导入没有做完${job.note ? `:${job.note}` : ""}。没有写入任何数据。`);
    if (job.total) waiting("正在导入", job.done / job.total);
    else waiting("已排队,等前面的任务做完");
    await new Promise((later) => setTimeout(later, LOOK_MS));
  }
}
