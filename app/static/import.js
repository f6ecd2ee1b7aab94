"use strict";
/* Takes a file in parts, shows what would be understood of it, lets it be corrected, imports it and tells the outcome. */

(function () {
  const at = (id) => document.getElementById(id);
  const page = at("import");
  const config = JSON.parse(page.dataset.config);
  const [LEFT_OUT, LOOK_MS, MOST_FAULTS] = ["", 400, 200];
  const DATUMS = { wgs84: "WGS-84(GPS)", cgcs2000: "CGCS2000(国家2000)", gcj02: "GCJ-02(高德、腾讯)", bd09: "BD-09(百度)" };
  const STATED = { column: "按“坐标系”一列", crs: "按文件自带的坐标系" };
  const COUNTS = { accepted: "新增", updated: "更新", unchanged: "未变", skipped: "跳过(非数据行)" };
  let file = null; // {id, name} of what has been handed over
  let corrections = clean();
  let session = null;

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

  function el(tag, attributes, ...children) {
    const node = Object.assign(document.createElement(tag), attributes);
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  function hover(event, over) {
    event.preventDefault();
    at("drop").classList.toggle("over", over);
  }

  async function ask(address, { method = "GET", body, ...rest } = {}) {
    if (method !== "GET") session ??= await ask("/api/session");
    const json = body !== undefined && !(body instanceof Blob || body instanceof URLSearchParams);
    const headers = { ...(session && { "X-CSRF-Token": session.csrf_token }), ...(json && { "Content-Type": "application/json" }) };
    const answer = await fetch(address, { method, headers, body: json ? JSON.stringify(body) : body, ...rest });
    const told = answer.status === 204 ? null : await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(told?.sentence ?? "没有收到回答,请稍后再试。");
    return told;
  }

  /* One step: what goes wrong is said in one sentence, and nothing stays half shown. */
  async function attempt(step) {
    at("fault").hidden = true;
    page.setAttribute("aria-busy", "true");
    try {
      await step();
    } catch (error) {
      const offline = error instanceof TypeError;
      at("fault").textContent = offline ? "连不上服务,请检查它是否在运行,稍后再试。" : error.message;
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

  function show(section) {
    for (const id of ["preview", "report"]) at(id).hidden = id !== section;
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
    if (file && !file.importing) ask(`/api/uploads/${file.id}`, { method: "DELETE", keepalive: true }).catch(() => null);
    file = null;
  }

  function take(chosen) {
    if (!chosen) return;
    forget();
    reset();
    show(null);
    attempt(async () => {
      if (chosen.size > config.largest_mib * 2 ** 20)
        throw new Error(`文件有 ${Math.ceil(chosen.size / 2 ** 20)} MB,网页一次最多收 ${config.largest_mib} MB;更大的请用 wuchuan import 导入。`);
      const { upload } = await ask("/api/uploads", { method: "POST", body: new URLSearchParams({ size: chosen.size }) });
      for (let sent = 0; sent < chosen.size; sent += config.part_bytes) {
        waiting("正在上传", sent / chosen.size);
        const part = chosen.slice(sent, sent + config.part_bytes);
        await ask(`/api/uploads/${upload}/file?at=${sent}`, { method: "PUT", body: part });
      }
      file = { id: upload, name: chosen.name };
      await look();
    });
  }

  const preview = () => attempt(look);

  function correct(changes) {
    corrections = { ...corrections, ...changes };
    preview();
  }

  function asked() {
    return { layer: at("layer").value, name: file.name, ...corrections };
  }

  /* Of two questions asked in haste the answer to the later one counts, whichever comes first. */
  async function look() {
    const turn = (look.turn = (look.turn ?? 0) + 1);
    waiting("正在读取前几百行");
    const told = await ask(`/api/uploads/${file.id}/preview`, { method: "POST", body: asked() });
    if (turn !== look.turn) return;
    showSettings(told);
    showColumns(told);
    showJudgement(told);
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
    const report = await ask(`/api/uploads/${file.id}/difference`, { method: "POST", body: asked() }).catch((error) => error);
    if (turn !== look.turn) return;
    at("start").disabled = Boolean(report.file);
    at("difference").textContent = report instanceof Error ? report.message : difference(report);
    const clashes = (report.refused ?? []).filter(({ kind }) => kind === "conflict");
    at("clashes").tBodies[0].replaceChildren(...clashes.slice(0, MOST_FAULTS).map(clash));
    at("clashes-part").hidden = !clashes.length;
  }

  function difference(report) {
    if (report.file) return `整个文件不会导入:${report.file.sentence}`;
    const rows = (faults) => new Set(faults.map(({ sheet, row }) => `${sheet} ${row}`)).size;
    const clashing = report.refused.filter(({ kind }) => kind === "conflict");
    const refused = rows(report.refused) - rows(clashing);
    const kept = `导入会新增 ${report.accepted} 行,更新 ${report.updated} 行,${report.unchanged} 行未变`;
    const lost = clashing.length ? `;${rows(clashing)} 行有冲突:同一格在导出以后别处也改过,不会导入,请核对` : "";
    return `${kept}${lost}${refused ? `;另有 ${refused} 行有错,不会导入` : ""}。`;
  }

  function clash(one) {
    const cells = [one.sheet ?? "", one.row ?? "", titled(one.field), one.base, one.stored, one.value];
    return el("tr", {}, ...cells.map((cell, place) => el("td", { className: place === 1 ? "number" : "" }, String(cell || "(空)"))));
  }

  function titled(field) {
    const layer = config.layers.find(({ key }) => key === at("layer").value);
    return layer.fields.find(({ name }) => name === field)?.title ?? field ?? "";
  }

  function showSettings(told) {
    const sheets = told.sheets.map((name) => el("option", { value: name, textContent: name }));
    const all = told.sheets.length > 1 ? [el("option", { value: "", textContent: `全部(${told.sheets.length} 个)` })] : [];
    at("sheet").replaceChildren(...all, ...sheets);
    at("sheet").value = corrections.sheet;
    if (at("sheet").selectedIndex < 0) at("sheet").selectedIndex = 0;
    at("sheet-part").hidden = !told.sheets.length;
    const own = told.assumed ? `未写明(按 ${DATUMS[told.datum]})` : `文件写明:${STATED[told.datum] ?? DATUMS[told.datum]}`;
    const unstated = el("option", { value: "", textContent: corrections.datum ? "按文件所写" : own });
    at("datum").replaceChildren(unstated, ...Object.entries(DATUMS).map(([value, textContent]) => el("option", { value, textContent })));
    at("datum").value = corrections.datum;
    const placed = told.columns.some((column) => ["lon", "lat", "x", "y", "coordinates"].includes(column.field));
    at("datum-note").hidden = !(told.assumed && placed);
    at("order-part").hidden = !told.columns.some((column) => column.field === "coordinates");
    at("crs").value = corrections.crs;
    at("order").value = corrections.order;
    const rows = told.heading_rows;
    const where = rows.length > 1 ? `第 ${rows[0]}–${rows.at(-1)} 行` : `第 ${rows[0]} 行`;
    const which = told.sheets.length > 1 && !corrections.sheet ? `“${told.sheet}”的` : "";
    at("headings").textContent = rows.length ? `${which}表头:${where}` : "列名由文件自带";
  }

  function showColumns(told) {
    const choices = config.layers.find((layer) => layer.key === at("layer").value).fields;
    const taken = new Set(told.columns.map((column) => column.field));
    const headings = told.columns.map((column) => el("th", { scope: "col", className: column.field ? "" : "out" }, column.heading || "(无标题)"));
    const menus = told.columns.map((column, place) => el("th", {}, menu(column, place, choices, taken), column.note ? el("p", { className: "why" }, column.note) : ""));
    at("columns").tHead.replaceChildren(
      el("tr", {}, el("th", { scope: "col" }, "行"), ...headings, el("th", { scope: "col", className: "place" }, "位置"), el("th", { scope: "col", className: "verdict" }, "结果")),
      el("tr", {}, el("th"), ...menus, el("th"), el("th")),
    );
    at("columns").tBodies[0].replaceChildren(...told.rows.map((row) => line(row, told)));
  }

  function menu(column, place, choices, taken) {
    const options = choices.map((field) => {
      const elsewhere = taken.has(field.name) && field.name !== column.field ? "(换到这列)" : "";
      return el("option", { value: field.name, textContent: `${field.title}${field.required ? " *" : ""}${elsewhere}` });
    });
    const nothing = column.dropped ? "略过" : "不导入";
    const select = el("select", { disabled: !column.heading }, el("option", { value: LEFT_OUT, textContent: nothing }), ...options);
    select.value = column.field ?? LEFT_OUT;
    select.setAttribute("aria-label", `“${column.heading}”列是什么`);
    select.dataset.column = place;
    select.addEventListener("change", () => hold(column.heading, select.value));
    return select;
  }

  /* A column holds another field from now on, or none; no field stands in two columns. */
  function hold(heading, field) {
    const others = Object.entries(corrections.mapping).filter(([key, value]) => key !== field && value !== heading);
    const mapping = Object.fromEntries(field === LEFT_OUT ? others : [...others, [field, heading]]);
    const kept = corrections.drop.filter((name) => name !== heading);
    correct({ mapping, drop: field === LEFT_OUT ? [...kept, heading] : kept });
  }

  function line(row, told) {
    const cells = row.cells.map((cell, place) => {
      const { field } = told.columns[place];
      const read = field && row.read[place] !== null && row.read[place] !== cell ? el("span", { className: "read" }, `→ ${row.read[place]}`) : null;
      return el("td", { className: field ? "" : "out" }, cell ?? "", read);
    });
    const bad = row.faults.length > 0;
    const verdict = bad ? row.faults.join(";") : row.warnings.join(";") || (told.fault ? "" : "可导入");
    const className = bad ? "verdict bad" : row.warnings.length ? "verdict odd" : "verdict";
    const place = row.place ? `${row.place[0]}, ${row.place[1]}` : "";
    return el("tr", {}, el("td", {}, String(row.row)), ...cells, el("td", { className: "place" }, place), el("td", { className }, verdict));
  }

  function showJudgement(told) {
    const personal = told.columns.filter((column) => column.personal && !column.dropped).map((column) => column.heading);
    at("file-fault").textContent = told.fault?.sentence ?? "";
    at("file-fault").hidden = !told.fault;
    at("drop-part").hidden = !personal.length;
    at("drop-persons").textContent = `略过个人信息列:${personal.join("、")}`;
    at("drop-persons").onclick = () => correct({ drop: [...corrections.drop, ...personal] });
    at("start").disabled = Boolean(told.fault);
    const fine = told.looked_at - told.refused;
    const wrong = told.refused ? `,${told.refused} 行有错,会列在结果里` : "";
    at("judged").textContent = told.fault ? "" : `看了前 ${told.looked_at} 行:${fine} 行没有问题${wrong}。`;
  }

  async function run() {
    file.importing = true;
    at("start").disabled = true;
    try {
      waiting("正在导入");
      const { job_id } = await ask(`/api/uploads/${file.id}/import`, { method: "POST", body: asked() });
      if (job_id !== null) await follow(job_id);
      showReport(await ask(`/api/uploads/${file.id}/report`));
    } finally {
      file.importing = false;
      at("start").disabled = false;
    }
  }

  async function follow(job_id) {
    for (;;) {
      const job = await ask(`/api/jobs/${job_id}`);
      if (job.status === "succeeded") return;
      if (!["todo", "doing"].includes(job.status)) throw new Error(`导入没有做完${job.note ? `:${job.note}` : ""}。没有写入任何数据。`);
      if (job.total) waiting("正在导入", job.done / job.total);
      else waiting("已排队,等前面的任务做完");
      await new Promise((later) => setTimeout(later, LOOK_MS));
    }
  }

  function showReport(told) {
    const rows = new Set(told.refused.map((fault) => `${fault.sheet} ${fault.row}`)).size;
    const counts = Object.entries(COUNTS).map(([name, title]) => count(title, told[name], told[name] ? "some" : ""));
    at("whole").textContent = told.file ? `整个文件没有导入:${told.file.sentence}` : "";
    at("whole").hidden = !told.file;
    at("counts").replaceChildren(...counts, count("未导入的行", rows, rows ? "lost" : ""));
    at("counts").hidden = Boolean(told.file);
    at("fetch").hidden = !rows;
    at("refused").href = `/api/uploads/${file.id}/refused.xlsx`;
    at("faults").tBodies[0].replaceChildren(...told.refused.slice(0, MOST_FAULTS).map(fault));
    at("faults-part").hidden = !told.refused.length;
    const warnings = told.warnings.slice(0, MOST_FAULTS).map((one) => el("li", {}, where(one), one.sentence));
    const more = told.warnings.length - warnings.length;
    at("warnings").replaceChildren(...warnings, ...(more > 0 ? [el("li", {}, `另有 ${more} 条`)] : []));
    at("warnings-part").hidden = !told.warnings.length;
    show("report");
    at("done").focus();
  }

  function count(title, value, className) {
    return el("div", { className }, el("dt", {}, title), el("dd", {}, value.toLocaleString("zh-CN")));
  }

  function fault(one) {
    const cells = [one.sheet ?? "", one.row ?? "", titled(one.field), one.value ?? "", one.sentence];
    return el("tr", {}, ...cells.map((cell, place) => el("td", { className: place === 1 ? "number" : "" }, String(cell))));
  }

  function where(one) {
    return one.row === null ? "" : `${one.sheet ? `“${one.sheet}”` : ""}第 ${one.row} 行:`;
  }
})();
