"use strict";
// The page's own script: it fills the Bokeh plots with the arrays of the chosen sample, and links
// map, selection, pattern, sky and tables. Bokeh calls start, selected and hover.
window.chemtag = (() => {
  const about = JSON.parse(document.getElementById("about").textContent);
  const $ = (id) => document.getElementById(id);
  const GROUP_COLOURS = {
    light: ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"],
    dark: ["#4aa8e0", "#f0803c", "#23c79b", "#e29cc6", "#f2b93d", "#8fd0f7", "#f4f4f4"],
  };
  const QUIET = { light: "#b4b9c0", dark: "#5b636d" };
  const SYMBOLS = ["circle", "square", "triangle", "diamond", "inverted_triangle", "plus", "x", "star", "hex", "cross", "asterisk"];
  // Eleven steps of cividis (Nunez, Anderton & Renslow 2018): even to the eye, also colour-blind.
  const CIVIDIS = ["#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fde737"];
  const INK = {
    light: { ink: "#1c2024", soft: "#555d66", line: "#e3e6ea", paper: "#ffffff", mark: "#0072B2" },
    dark: { ink: "#e8eaed", soft: "#a6adb6", line: "#2b3037", paper: "#14171b", mark: "#6cb8ea" },
  };
  let models = null, arrays = null, name = null, sample = null, columns = null, ids = null, group = null, setting = null;
  let picked = { value: "", rows: "" };
  const plots = () => [models.map, models.sky, models.plane, models.pattern];
  const theme = () => (document.documentElement.dataset.theme === "dark" ? "dark" : "light");
  const signed = (v) => (v < 0 ? "−" : "+") + Math.abs(v).toFixed(3);
  const counted = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;

  function fill(select, options, chosen) {
    select.replaceChildren(...options.map(([value, text]) => new Option(text, value, false, value === chosen)));
  }

  // --- switching -----------------------------------------------------------------------------
  function showSample(key) {
    name = key;
    sample = about[key];
    columns = arrays instanceof Map ? arrays.get(key) : arrays[key];
    if (columns instanceof Map) columns = Object.fromEntries(columns);
    ids = new TextDecoder().decode(columns.star_id).split("\n");
    $("sample").value = key;
    const spaces = [...new Set(sample.settings.map((s) => s.space))];
    const best = sample.settings.find((s) => s.headline) ?? sample.settings[0];
    fill($("space"), spaces.map((s) => [s, s === best.space ? `${s} (headline)` : s]), best.space);
    const axes = sample.elements.map((e) => [e.column, e.symbol]);
    fill($("across"), axes, sample.plane ? sample.plane.x : axes[0][0]);
    fill($("up"), axes, sample.plane && axes.some((a) => a[0] === sample.plane.y) ? sample.plane.y : axes[1][0]);
    fill($("colour"), [["group", "group"], ["cluster", "cluster (truth)"], ...axes], "group");
    saySampling();
    showPanels();
    showSpace(best.key);
  }

  function saySampling() {
    const { all, shown } = sample, note = $("thinned");
    const total = Object.values(shown).reduce((a, b) => a + b);
    note.hidden = total === sample.stars;
    const part = (key, noun) => (all[key] === shown[key] ? `all ${counted(all[key], noun)}` : `${shown[key].toLocaleString("en")} of ${counted(all[key], noun)}`);
    note.textContent = `The map shows ${total.toLocaleString("en")} of ${counted(sample.stars, "star")}: ${part("members", "cluster member")}, ` +
      `${part("grouped", "other star")} in groups of the headline setting, ${part("others", "further star")} drawn at random. Sizes of groups and clusters are those of the whole sample.`;
  }

  function showPanels() {
    const hasSky = "ra" in columns, hasPlane = Boolean(sample.plane);
    $("plot-sky").hidden = !hasSky; $("no-sky").hidden = hasSky;
    $("plot-plane").hidden = !hasPlane; $("no-plane").hidden = hasPlane;
  }

  function showSpace(settingKey) {
    const space = settingKey ? sample.settings.find((s) => s.key === settingKey).space : $("space").value;
    $("space").value = space;
    const settings = sample.settings.filter((s) => s.space === space);
    // Another space is shown at the same setting, where its grid has it.
    const chosen = settings.find((s) => s.key === settingKey) ?? settings.find((s) => s.setting === setting?.setting) ?? settings[0];
    const words = (s) => s.setting + (s.headline ? " (headline)" : "") + (s.oracle ? " (oracle: chosen with the truth)" : "");
    fill($("setting"), settings.map((s) => [s.key, words(s)]), chosen.key);
    offerViews(space);
    showSetting(false);
    fillStars();
    wholeMap();
  }

  // Maps of this space first, those that were not made named as such; then those of other spaces.
  function offerViews(space) {
    const before = sample.views.find((v) => v.key === $("view").value)?.method;
    const made = sample.views.filter((v) => v.space === space), others = sample.views.filter((v) => v.space !== space);
    const part = (label, options) => { const g = Object.assign(document.createElement("optgroup"), { label }); g.append(...options); return g; };
    const own = Object.entries(sample.methods).map(([method, words]) => {
      const view = made.find((v) => v.method === method);
      const option = new Option(view ? `${words} of ${space}` : `${words} of ${space}: not made in this run`, view?.key ?? "");
      option.disabled = !view;
      return option;
    });
    const parts = [part(`Maps of the space ${space}`, own)];
    if (others.length) parts.push(part("Maps of other spaces, coloured by this one", others.map((v) => new Option(`${sample.methods[v.method]} of ${v.space}`, v.key))));
    parts.push(part("Abundances", [new Option("any two abundances", "plane")]));
    $("view").replaceChildren(...parts);
    $("view").value = (made.find((v) => v.method === before) ?? made[0] ?? { key: "plane" }).key;
  }

  function showSetting(redraw = true) {
    setting = sample.settings.find((s) => s.key === $("setting").value);
    group = columns[setting.key];
    const order = setting.sizes.map((size, code) => code).sort((a, b) => setting.sizes[b] - setting.sizes[a] || a - b);
    const option = (value, text) => new Option(text, value);
    const groups = Object.assign(document.createElement("optgroup"), { label: `Groups (${setting.sizes.length})` });
    groups.append(...order.map((code) => {
      const found = setting.recovers[code];
      return option(`group:${code}`, `group ${code}: ${counted(setting.sizes[code], "star")}${found ? `, recovers ${found}` : ""}`);
    }));
    const clusters = Object.assign(document.createElement("optgroup"), { label: `Clusters, the truth (${sample.clusters.length})` });
    clusters.append(...sample.clusters.map((text, code) => option(`cluster:${text}`, `${text}: ${counted(sample.cluster_sizes[code], "member")}`)));
    $("pick").replaceChildren(option("", "none"), groups, clusters);
    $("names").replaceChildren(...sample.clusters.map((text) => option(text)), ...order.map((code) => option(`group ${code}`)));
    if (redraw) { fillStars(); select([]); }
  }

  function axesOfView() {
    const key = $("view").value;
    document.querySelectorAll(".axis").forEach((label) => { label.hidden = key !== "plane"; });
    if (key === "plane") {
      const symbol = (column) => `${sample.elements.find((e) => e.column === column).symbol} (dex)`;
      const [across, up] = [$("across").value, $("up").value];
      return { x: columns[across], y: columns[up], x_label: symbol(across), y_label: symbol(up) };
    }
    const view = sample.views.find((v) => v.key === key);
    return { x: columns[`${key}_x`], y: columns[`${key}_y`], x_label: view.x_label, y_label: view.y_label };
  }

  function fillStars() {
    const n = ids.length, empty = () => new Float32Array(n).fill(NaN);
    const axes = axesOfView(), mode = $("colour").value, cluster = columns.cluster;
    const data = { x: axes.x, y: axes.y, ra: columns.ra ?? empty(), dec: columns.dec ?? empty() };
    data.plane_x = sample.plane ? columns[sample.plane.x] : empty();
    data.plane_y = sample.plane ? columns[sample.plane.y] : empty();
    const base = Math.min(7, Math.max(2.6, 90 / Math.sqrt(Math.sqrt(n)) / 3));
    const colour = new Float32Array(n), size = new Float32Array(n).fill(base), marker = new Array(n).fill("circle");
    for (let i = 0; i < n; i++) {
      if (mode === "group") {
        colour[i] = group[i] < 0 ? 0 : 1 + (group[i] % 7);
        if (group[i] >= 0) size[i] = base + (setting.recovers[group[i]] ? 4 : 2);
      } else if (mode === "cluster") {
        colour[i] = cluster[i] < 0 ? 0 : 1 + (cluster[i] % 7);
        if (cluster[i] >= 0) { size[i] = base + 5; marker[i] = SYMBOLS[cluster[i] % 11]; }
      } else colour[i] = columns[mode][i];
    }
    // Few stars stay visible when others are chosen; many would hide them.
    for (const plot of [models.map, models.sky, models.plane]) plot.renderers[0].nonselection_glyph.fill_alpha = n < 2000 ? 0.25 : 0.08;
    models.stars.data = { ...data, colour, size, small: size.map((s) => 0.7 * s), marker };
    models.map.below[0].axis_label = axes.x_label;
    models.map.left[0].axis_label = axes.y_label;
    sayColours();
    colourPoints();
    setRange(models.plane, data.plane_x, data.plane_y);
    const label = (text) => (sample.plane ? text : "");
    models.plane.below[0].axis_label = label("[Fe/H] (dex)");
    models.plane.left[0].axis_label = label("[Mg/Fe] (dex)");
  }

  function colourPoints() {
    const mode = $("colour").value, element = sample.elements.find((e) => e.column === mode), quiet = QUIET[theme()];
    const mapper = models.mapper;
    if (element) mapper.setv({ palette: CIVIDIS, low: element.low, high: element.high > element.low ? element.high : element.low + 1, nan_color: quiet });
    else mapper.setv({ palette: [quiet, ...GROUP_COLOURS[theme()]], low: -0.5, high: 7.5, nan_color: quiet });
    models.bar.visible = Boolean(element);
    models.bar.title = element ? `${element.symbol} (dex)` : "";
  }

  function sayColours() {
    const mode = $("colour").value;
    const noise = group.reduce((k, g) => k + (g < 0), 0);
    const words = {
      group: `Colours tell neighbouring groups apart (seven, used again and again); grey: ${counted(noise, "star")} in no group; larger: groups that recover a cluster.`,
      cluster: "Colour and symbol: true clusters; grey: field stars. The tagging never saw these.",
    };
    $("map-words").textContent = words[mode] ?? `Colour: ${$("colour").selectedOptions[0].text}, between the 2nd and 98th percentile of the sample.`;
    $("view-words").textContent = sayView();
  }

  function sayView() {
    const view = sample.views.find((v) => v.key === $("view").value), space = $("space").value;
    if (!view) return "Two abundances of all stars of the map.";
    const other = view.space === space ? "" : ` The groups are those of the space ${space}.`;
    const lacking = Object.keys(sample.methods).filter((m) => !sample.views.some((v) => v.method === m && v.space === view.space)).map((m) => sample.methods[m]);
    const missing = lacking.length ? ` ${lacking.join(" and ")} of this space ${lacking.length > 1 ? "were" : "was"} not made; the config asks for it by embed: {spaces: all}.` : "";
    const caution = view.method === "pca" ? "" : " Distances between islands have no meaning.";
    return `${view.words}${other}${missing}${caution} Groups are found in the space itself, never on a map.`;
  }

  // --- moving --------------------------------------------------------------------------------
  function extent(values, rows) {
    let low = Infinity, high = -Infinity;
    const see = (v) => { if (v < low) low = v; if (v > high) high = v; };
    if (rows) for (const i of rows) see(values[i]); else for (let i = 0; i < values.length; i++) see(values[i]);
    if (!(low <= high)) return [0, 1];
    const margin = 0.04 * (high - low) || 0.5;
    return [low - margin, high + margin];
  }
  function setRange(plot, x, y, rows) {
    const [x0, x1] = extent(x, rows), [y0, y1] = extent(y, rows);
    plot.x_range.setv({ start: x0, end: x1 });
    plot.y_range.setv({ start: y0, end: y1 });
  }
  const wholeMap = () => setRange(models.map, models.stars.data.x, models.stars.data.y);
  function moveMap(dx, dy, zoom = 1) {
    for (const [range, shift] of [[models.map.x_range, dx], [models.map.y_range, dy]]) {
      const width = range.end - range.start, middle = (range.end + range.start) / 2 + shift * width;
      range.setv({ start: middle - (width * zoom) / 2, end: middle + (width * zoom) / 2 });
    }
  }
  function drag(kind) {
    const tool = models.map.toolbar.tools.find((t) => (kind === "pan" ? t.type === "PanTool" : t.name === kind));
    tool.active = true;
    document.querySelectorAll("[data-drag]").forEach((b) => b.setAttribute("aria-pressed", String(b.dataset.drag === kind)));
  }

  // --- selecting -----------------------------------------------------------------------------
  function select(rows) { models.stars.selected.indices = rows; }
  function pick(value) {
    const [kind, key] = [value.slice(0, value.indexOf(":")), value.slice(value.indexOf(":") + 1)];
    const codes = kind === "group" ? group : columns.cluster;
    const code = kind === "group" ? Number(key) : sample.clusters.indexOf(key);
    const rows = [];
    if (value) for (let i = 0; i < codes.length; i++) if (codes[i] === code) rows.push(i);
    picked = { value, rows: String(rows) };
    select(rows);
    $("pick").value = value;
  }
  function selected() {
    const rows = models.stars.selected.indices;
    $("pick").value = String(rows) === picked.rows ? picked.value : "";
    showPattern(rows);
    saySelection(rows);
    listStars(rows);
    document.querySelectorAll("[data-save]").forEach((b) => { b.disabled = !rows.length; });
  }
  // Named for the run's page, the sample and the setting, so that files of several selections tell themselves apart.
  const fileName = (what, suffix) => [document.body.dataset.run, name, what].join("_").replace(/[^\w.-]+/g, "-") + suffix;
  function saveSelection(form) {
    const rows = models.stars.selected.indices, shown = { sample, setting, columns, ids, group };
    const words = `${counted(rows.length, "star")} of ${sample.label}, chosen on the page of the chemtag run ${document.body.dataset.run}.`;
    const where = `${setting.space}_${setting.setting}_selection`;
    if (form === "csv") chemtagSave.text(fileName(where, ".csv"), "text/csv", chemtagSave.csv(shown, rows));
    else chemtagSave.text(fileName(where, ".vot"), "application/x-votable+xml", chemtagSave.votable(shown, rows, words));
  }
  function tally(rows, codes, words) {
    const counts = new Map();
    for (const i of rows) if (codes[i] >= 0) counts.set(codes[i], (counts.get(codes[i]) ?? 0) + 1);
    const order = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    const shown = order.slice(0, 5).map(([code, n]) => `${words(code)} (${n})`);
    return shown.join(", ") + (order.length > 5 ? ` and ${order.length - 5} more` : "");
  }
  function saySelection(rows) {
    if (!rows.length) {
      $("selection").textContent = "Nothing is selected. Brush stars with Box or Lasso, click one, or pick a group.";
      return;
    }
    const groups = tally(rows, group, (code) => `group ${code}`), clusters = tally(rows, columns.cluster, (code) => sample.clusters[code]);
    const field = rows.filter((i) => columns.cluster[i] < 0).length, absent = rows.filter((i) => models.stars.data.x[i] !== models.stars.data.x[i]).length;
    $("selection").textContent = `${counted(rows.length, "star")} selected. ${groups ? `In ${groups}.` : "None is in a group."} ` +
      `${clusters ? `Clusters: ${clusters}` : "No cluster member"}; ${counted(field, "field star")}.` +
      (absent ? ` ${counted(absent, "star")} of them ${absent === 1 ? "is" : "are"} not on this map.` : "");
  }
  function patternOf(rows) {
    return sample.elements.map(({ column, symbol, mean, scatter }) => {
      const values = columns[column];
      let n = 0, sum = 0, squares = 0;
      for (const i of rows) if (values[i] === values[i]) { n += 1; sum += values[i]; }
      const middle = sum / n;
      for (const i of rows) if (values[i] === values[i]) squares += (values[i] - middle) ** 2;
      return { symbol, n, offset: middle - mean, spread: n > 1 ? Math.sqrt(squares / (n - 1)) : NaN, scatter };
    });
  }
  function showPattern(rows) {
    const pattern = patternOf(rows), factors = pattern.map((p) => p.symbol);
    const of = (f) => pattern.map(f);
    if (String(models.pattern.x_range.factors) !== String(factors)) models.pattern.x_range.factors = factors;
    models.pattern_source.data = {
      element: factors, offset: of((p) => p.offset), low: of((p) => p.offset - p.spread), high: of((p) => p.offset + p.spread),
      base_low: of((p) => -p.scatter), base_high: of((p) => p.scatter),
    };
    const lowest = Math.min(...of((p) => Math.min(-p.scatter, p.n ? p.offset - (p.spread || 0) : 0)));
    const highest = Math.max(...of((p) => Math.max(p.scatter, p.n ? p.offset + (p.spread || 0) : 0)));
    models.pattern.y_range.setv({ start: lowest * 1.08 - 0.005, end: highest * 1.08 + 0.005 });
    $("pattern-words").textContent = rows.length
      ? `Dots: mean of ${counted(rows.length, "star")}; bars: their scatter (1 sigma, none for one star). Grey: scatter of the whole sample. ` + spoken(pattern)
      : "Grey: scatter of the whole sample (1 sigma) about its mean. A selection puts its own mean here.";
  }
  function spoken(pattern) {
    const far = pattern.filter((p) => p.n && p.scatter).sort((a, b) => Math.abs(b.offset / b.scatter) - Math.abs(a.offset / a.scatter))[0];
    if (!far) return "";
    const error = far.n > 1 ? ` ± ${(far.spread / Math.sqrt(far.n)).toFixed(3)}` : "";
    return `Farthest from the sample: ${far.symbol}, ${signed(far.offset)}${error} dex (standard error of the mean).`;
  }
  function starWords(i) {
    const parts = group[i] < 0 ? "noise" : `group ${group[i]}${setting.recovers[group[i]] ? `, recovers ${setting.recovers[group[i]]}` : ""}`;
    return [ids[i], parts, columns.cluster[i] < 0 ? "field" : sample.clusters[columns.cluster[i]]];
  }
  function listStars(rows) {
    const most = 200, cell = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
    const line = (tag, texts) => { const tr = document.createElement("tr"); tr.append(...texts.map((t) => cell(tag, t))); return tr; };
    const head = line("th", ["Star", "Group", "Cluster (truth)", ...sample.elements.map((e) => e.symbol)]);
    const body = rows.slice(0, most).map((i) => line("td", [...starWords(i), ...sample.elements.map((e) => (columns[e.column][i] === columns[e.column][i] ? columns[e.column][i].toFixed(3) : "–"))]));
    $("chosen").replaceChildren(head, ...body, ...(rows.length > most ? [line("td", [`and ${rows.length - most} more`])] : []));
  }

  // --- pointing ------------------------------------------------------------------------------
  let pointer = { x: 0, y: 0 };
  document.addEventListener("pointermove", (event) => { pointer = { x: event.clientX, y: event.clientY }; }, { passive: true });
  function hover(event) {
    const i = event.index.indices[0], box = $("tooltip");
    if (i === undefined) { box.hidden = true; return; }
    const [id, inGroup, cluster] = starWords(i);
    const strong = Object.assign(document.createElement("strong"), { textContent: id });
    const line = Object.assign(document.createElement("div"), { textContent: `${inGroup}; ${cluster}` });
    const values = Object.assign(document.createElement("div"), { className: "values" });
    for (const e of sample.elements) {
      const v = columns[e.column][i];
      values.append(Object.assign(document.createElement("b"), { textContent: e.symbol }), Object.assign(document.createElement("span"), { textContent: v === v ? signed(v) : "–" }));
    }
    box.replaceChildren(strong, line, values);
    box.dataset.star = id;
    box.hidden = false;
    const { width, height } = box.getBoundingClientRect();
    const left = pointer.x + 16 + width > innerWidth ? pointer.x - 16 - width : pointer.x + 16;
    box.style.left = `${Math.max(4, left)}px`;
    box.style.top = `${Math.max(4, Math.min(pointer.y + 12, innerHeight - height - 4))}px`;
  }

  // --- light and dark ------------------------------------------------------------------------
  function setTheme(value, keep) {
    document.documentElement.dataset.theme = value;
    const button = $("theme");
    button.textContent = value === "dark" ? "Light" : "Dark";
    button.setAttribute("aria-label", `Change to ${value === "dark" ? "light" : "dark"} colours`);
    button.setAttribute("aria-pressed", String(value === "dark"));
    if (keep) try { localStorage.setItem("chemtag-theme", value); } catch { /* a file may have no store */ }
    if (models) { paint(); colourPoints(); }
  }
  function paint() {
    const c = INK[theme()];
    for (const plot of plots()) {
      plot.setv({ background_fill_color: c.paper, border_fill_color: c.paper, outline_line_color: c.line });
      for (const axis of [...plot.below, ...plot.left]) {
        axis.setv({ axis_label_text_color: c.ink, major_label_text_color: c.soft, axis_line_color: c.soft, major_tick_line_color: c.soft,
          minor_tick_line_color: null, axis_label_text_font_style: "normal" });
      }
      for (const grid of plot.center) if ("grid_line_color" in grid) grid.grid_line_color = c.line;
      for (const renderer of plot.renderers) if (plot === models.pattern) {
        const glyph = renderer.glyph;
        if (glyph.type === "Segment") glyph.line_color = c.mark;
        if (glyph.type === "Scatter") glyph.setv({ fill_color: c.mark, line_color: c.mark });
      }
    }
    models.bar.setv({ title_text_color: c.ink, major_label_text_color: c.soft });
  }

  // --- tables --------------------------------------------------------------------------------
  function pickFromTable(button) {
    const key = button.closest("table").dataset.sample;
    if (key && key !== name) showSample(key);
    const best = sample.settings.find((s) => s.headline);
    if (best && setting !== best) { showSpace(best.key); }
    pick(button.dataset.pick);
    $("map").scrollIntoView();
    $("pick").focus({ preventScroll: true });
  }

  // --- searching -----------------------------------------------------------------------------
  // A star by its identifier, a group by its number, a cluster by its name or by a part that no other has.
  function find() {
    const wanted = $("find").value.trim(), plain = (text) => text.toLowerCase().replace(/[\s_-]+/g, "");
    const number = /^group\s*(\d+)$/i.exec(wanted)?.[1], whole = plain(wanted);
    let found = sample.clusters.filter((c) => c === wanted);
    if (!found.length) found = sample.clusters.filter((c) => plain(c) === whole);
    if (!found.length && whole) found = sample.clusters.filter((c) => plain(c).includes(whole));
    const star = ids.indexOf(wanted);
    let fault = "";
    if (!wanted || star >= 0) select(star >= 0 ? [star] : []);
    else if (number && Number(number) < setting.sizes.length) pick(`group:${Number(number)}`);
    else if (found.length === 1) pick(`cluster:${found[0]}`);
    else if (found.length) fault = `${found.length} clusters have this in their name: ${found.slice(0, 5).join(", ")}${found.length > 5 ? ", …" : ""}`;
    else fault = "no star, group or cluster of this name is on the map";
    $("find").setCustomValidity(fault);
    $("find").reportValidity();
  }

  // --- listening -----------------------------------------------------------------------------
  const deeds = {
    in: () => moveMap(0, 0, 0.7), out: () => moveMap(0, 0, 1 / 0.7), whole: () => wholeMap(), clear: () => select([]),
    selection: () => { const rows = models.stars.selected.indices; if (rows.length) setRange(models.map, models.stars.data.x, models.stars.data.y, rows); },
  };
  const keys = {
    ArrowLeft: () => moveMap(-0.1, 0), ArrowRight: () => moveMap(0.1, 0), ArrowUp: () => moveMap(0, 0.1), ArrowDown: () => moveMap(0, -0.1),
    "+": deeds.in, "=": deeds.in, "-": deeds.out, 0: deeds.whole, Escape: deeds.clear,
  };
  function listen() {
    document.querySelector("form.controls").addEventListener("submit", (event) => event.preventDefault());
    $("sample").addEventListener("change", () => { select([]); showSample($("sample").value); selected(); });
    $("space").addEventListener("change", () => { select([]); showSpace(null); });
    $("setting").addEventListener("change", () => showSetting());
    for (const id of ["view", "across", "up"]) $(id).addEventListener("change", () => { fillStars(); wholeMap(); saySelection(models.stars.selected.indices); });
    $("colour").addEventListener("change", fillStars);
    $("pick").addEventListener("change", () => pick($("pick").value));
    $("find").addEventListener("change", find);
    document.querySelectorAll("[data-save]").forEach((b) => b.addEventListener("click", () => saveSelection(b.dataset.save)));
    document.querySelectorAll("[data-png]").forEach((b) => b.addEventListener("click", () => chemtagSave.plot(fileName(b.dataset.png, ".png"), models[b.dataset.png])));
    document.querySelectorAll("[data-drag]").forEach((b) => b.addEventListener("click", () => drag(b.dataset.drag)));
    document.querySelectorAll("[data-do]").forEach((b) => b.addEventListener("click", () => deeds[b.dataset.do]()));
    $("plot-map").addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
      keys[event.key]();
      event.preventDefault();
    });
    for (const id of ["plot-map", "plot-sky", "plot-plane"]) $(id).addEventListener("pointerleave", () => { $("tooltip").hidden = true; });
    document.querySelectorAll("button.pick").forEach((b) => b.addEventListener("click", () => pickFromTable(b)));
  }
  function start(given, data) {
    const get = given instanceof Map ? (key) => given.get(key) : (key) => given[key];
    models = Object.fromEntries(["map", "sky", "plane", "stars", "mapper", "bar"].map((key) => [key, get(key)]));
    models.pattern = get("pattern_plot"); models.pattern_source = get("pattern");
    arrays = data;
    for (const plot of [models.map, models.sky, models.plane]) chemtagPaint.quicken(Bokeh.index.get_one(plot));
    paint();
    listen();
    showSample($("sample").options[$("sample").options.length - 1].value);
    selected();
    document.documentElement.dataset.ready = "true";
  }

  document.querySelectorAll("[data-image]").forEach((b) => b.addEventListener("click", () => chemtagSave.address(b.dataset.image, b.closest("figure").querySelector("img").src)));
  $("theme").addEventListener("click", () => setTheme(theme() === "dark" ? "light" : "dark", true));
  let kept = null;
  try { kept = localStorage.getItem("chemtag-theme"); } catch { /* a file may have no store */ }
  setTheme(kept ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"), false);
  return { start, selected, hover, get models() { return models; }, get sample() { return sample; }, get ids() { return ids; }, patternOf };
})();
(() => {
  const text = (id) => document.getElementById(id).textContent;
  // WebGL that a processor emulates is slower than a plain canvas by far; ?webgl insists on it.
  function emulated() {
    const gl = document.createElement("canvas").getContext("webgl");
    const known = gl && gl.getExtension("WEBGL_debug_renderer_info");
    return !gl || (known && /swiftshader|llvmpipe|software|basic render/i.test(gl.getParameter(known.UNMASKED_RENDERER_WEBGL)));
  }
  const plain = !location.search.includes("webgl") && emulated();
  const content = plain ? text("document").replaceAll('"output_backend":"webgl"', '"output_backend":"canvas"') : text("document");
  const roots = JSON.parse(text("roots"));
  Bokeh.embed.embed_items({ chemtag: JSON.parse(content) }, [{ docid: "chemtag", roots, root_ids: Object.keys(roots) }]);
})();
