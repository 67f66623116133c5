"use strict";
// What a reader takes away: the stars of a selection as CSV or VOTable, a plot or figure as PNG.
const chemtagSave = (() => {
  const escaped = (text) => text.replace(/[&<>"]/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c]);
  const fixed = (values, digits) => (i) => (values[i] === values[i] ? values[i].toFixed(digits) : "");

  // Columns of a table of stars: name, datatype, unit, UCD, words, and the cell of a row, empty where nothing is known.
  function columnsOf({ sample, setting, columns, ids, group }) {
    const place = (name, words) => ({ name, type: "double", unit: "deg", ucd: `pos.eq.${name};meta.main`, words, cell: fixed(columns[name], 3) });
    return [
      { name: "star_id", type: "text", ucd: "meta.id;meta.main", words: "Identifier of the star", cell: (i) => ids[i] },
      ..."ra" in columns ? [place("ra", "Right ascension, rounded for the page")] : [],
      ..."dec" in columns ? [place("dec", "Declination, rounded for the page")] : [],
      { name: "group", type: "int", ucd: "meta.code", words: `Group of ${setting.setting} in the space ${setting.space}, -1: in none`, cell: (i) => String(group[i]) },
      ...sample.clusters.length ? [{ name: "cluster", type: "text", ucd: "meta.id.assoc", words: "Cluster (truth), empty: field", cell: (i) => sample.clusters[columns.cluster[i]] ?? "" }] : [],
      ...sample.elements.map(({ column, symbol }) => ({ name: column, type: "double", unit: "dex", ucd: "phys.abund", words: `${symbol}, rounded for the page`, cell: fixed(columns[column], 4) })),
    ];
  }

  function csv(shown, rows) {
    const fields = columnsOf(shown), quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const line = (cells) => cells.map(quoted).join(",") + "\r\n";
    return line(fields.map((f) => f.name)) + Array.from(rows, (i) => line(fields.map((f) => f.cell(i)))).join("");
  }

  // VOTable 1.4 (Ochsenbein et al. 2019), cells as text; an empty cell is a missing value.
  function votable(shown, rows, words) {
    const fields = columnsOf(shown);
    const field = (f) => `<FIELD name="${escaped(f.name)}" ucd="${f.ucd}" datatype="${f.type === "text" ? 'unicodeChar" arraysize="*' : f.type}"${f.unit ? ` unit="${f.unit}"` : ""}>` +
      `<DESCRIPTION>${escaped(f.words)}</DESCRIPTION></FIELD>\n`;
    const row = (i) => `<TR>${fields.map((f) => `<TD>${escaped(f.cell(i))}</TD>`).join("")}</TR>\n`;
    return '<?xml version="1.0" encoding="UTF-8"?>\n<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">\n<RESOURCE type="results">\n' +
      `<TABLE name="selection" nrows="${rows.length}">\n<DESCRIPTION>${escaped(words)}</DESCRIPTION>\n${fields.map(field).join("")}<DATA><TABLEDATA>\n` +
      `${Array.from(rows, row).join("")}</TABLEDATA></DATA>\n</TABLE>\n</RESOURCE>\n</VOTABLE>\n`;
  }

  function address(name, href) {
    Object.assign(document.createElement("a"), { download: name, href }).click();
  }
  function blob(name, content) {
    const href = URL.createObjectURL(content);
    address(name, href);
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
  }
  const text = (name, type, content) => blob(name, new Blob([content], { type }));
  const plot = (name, model) => Bokeh.index.get_one(model).export("png", true).canvas.toBlob((content) => blob(name, content));
  return { csv, votable, address, text, plot };
})();
