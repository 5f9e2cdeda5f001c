-- Each connection of wrk waits so many milliseconds between two requests. At full speed it would be the
-- scheduler that is measured, which lets PostgreSQL's processes wait for seconds then.
function delay()
    return 4
end
