# cmake -DOUT=x.cc -DPAGE=folder -P embed.cmake: the page's files as string constants.

function(embed constant)
  set(text "")
  foreach(file IN LISTS ARGN)
    file(READ ${PAGE}/${file} part)
    string(APPEND text "${part}")
  endforeach()
  file(APPEND ${OUT}.tmp "const std::string_view ${constant} = R\"EMBED(${text})EMBED\";\n")
endfunction()

file(WRITE ${OUT}.tmp "#include \"report/page.h\"\n\nnamespace lisper::report::page {\n\n")
embed(kPageHtml page.html)
embed(kStyleCss style.css)
embed(kTopologyCss topology.css)
embed(kScriptJs dom.js chart.js topology.js tables.js script.js)
file(APPEND ${OUT}.tmp "\n}  // namespace lisper::report::page\n")
file(RENAME ${OUT}.tmp ${OUT})
