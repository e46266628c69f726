// Package bi holds askwire to what people see who use it from business intelligence tools: Apache Superset, LibreOffice Base,
// Adminer and phpMyAdmin are the real ones, and the pages are looked at in a real browser. Statements of tools that cannot
// run here (Metabase, Grafana, Tableau, Power BI) are replayed.
//
// The run is a test behind the build tag clients_bi: `make clients-bi` installs the tools and starts it. It leaves
// its report and the screenshots under docs/.
package bi
