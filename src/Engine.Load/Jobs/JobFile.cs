namespace Engine.Load;

/// <summary>
/// A job file in fio's ini form: <c>[global]</c> sections set defaults for the jobs after them, every other section is a job
/// named after it; <c>;</c> and <c>#</c> begin comments, at the start of a line or after a blank. Jobs run together unless one
/// says <c>stonewall</c>.
/// </summary>
public static class JobFile
{
    /// <summary>Reads a job file from disk.</summary>
    /// <exception cref="JobFileException">A line is wrong; the message is <c>file:line: key 'x': what is allowed</c>.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IReadOnlyList<JobDescription> Load(string path) => Parse(path, File.ReadAllText(path));

    /// <summary>Reads a job file's text; <paramref name="name"/> goes in front of messages.</summary>
    /// <exception cref="JobFileException">A line is wrong; the message is <c>file:line: key 'x': what is allowed</c>.</exception>
    public static IReadOnlyList<JobDescription> Parse(string name, string text)
    {
        var jobs = new List<JobDescription>();
        var globals = new JobDescription();
        JobDescription? job = null;
        bool inGlobal = false;
        int jobLine = 0;
        int lineNumber = 0;
        foreach (string raw in text.Split('\n'))
        {
            lineNumber++;
            if (raw.AsSpan().TrimEnd('\r').ContainsAnyInRange('\0', '\b'))
                throw new JobFileException($"{name}:{lineNumber}: is not text; a job file begins with [global] or [name]");
            string line = WithoutComment(raw).Trim();
            if (line.Length == 0 || line[0] is ';' or '#')
                continue;
            string where = $"{name}:{lineNumber}";
            if (line[0] == '[')
            {
                AddJob(name, jobLine, jobs, job);
                string section = SectionName(where, line);
                inGlobal = section == "global";
                job = inGlobal ? null : globals with { Name = section };
                jobLine = lineNumber;
                continue;
            }

            (string key, string? value) = SplitKey(line);
            if (inGlobal)
                globals = JobKeys.Apply(globals, key, value, where);
            else if (job is not null)
                job = JobKeys.Apply(job, key, value, where);
            else
                throw new JobFileException($"{where}: key '{key}': stands before the first section; "
                    + "begin with [global] or [job]");
        }

        AddJob(name, jobLine, jobs, job);
        return jobs.Count > 0 ? jobs : throw new JobFileException(
            $"{name}:{lineNumber}: no job: at least one section besides [global]");
    }

    /// <summary>Divides jobs into groups that run together: a new group begins at each <c>stonewall</c>.</summary>
    /// <exception cref="JobFileException">Jobs of one group disagree on <c>direct</c>, or jobs name different
    /// volumes or engines.</exception>
    public static IReadOnlyList<IReadOnlyList<JobDescription>> Group(IReadOnlyList<JobDescription> jobs)
    {
        var groups = new List<List<JobDescription>>();
        foreach (JobDescription job in jobs)
        {
            if (groups.Count == 0 || job.Stonewall)
                groups.Add([]);
            List<JobDescription> group = groups[^1];
            if (group.Count > 0 && (group[0].Direct != job.Direct || group[0].Verify != job.Verify))
                throw new JobFileException($"{job.Label}: key 'direct': jobs that run together agree on direct and verify; "
                    + "put stonewall before the one that differs");
            if (job.FileName != jobs[0].FileName)
                throw new JobFileException($"{job.Label}: key 'filename': one volume for all jobs of a run");
            if (job.Engine != jobs[0].Engine)
                throw new JobFileException($"{job.Label}: key 'ioengine': one engine for all jobs of a run");
            group.Add(job);
            if (group.Count > 1 && group.Exists(other => other.GroupReporting))
                throw new JobFileException($"{job.Label}: key 'group_reporting': jobs that run together have a row each; leave "
                    + "it out, or put stonewall before each job");
        }

        return groups;
    }

    private static void AddJob(string name, int line, List<JobDescription> jobs, JobDescription? job)
    {
        if (job is null)
            return;
        job = job with { Where = $"{name}:{line}" };
        if (job.Problem() is string problem)
            throw new JobFileException($"{job.Label}: {problem}");
        jobs.Add(job);
    }

    // A comment begins a line or follows a blank: a path may hold either character.
    private static string WithoutComment(string line)
    {
        for (int at = 1; at < line.Length; at++)
            if (line[at] is ';' or '#' && line[at - 1] is ' ' or '\t')
                return line[..at];
        return line;
    }

    private static string SectionName(string where, string line)
    {
        if (line.Length < 3 || line[^1] != ']')
            throw new JobFileException($"{where}: section '{line}': write [global] or [name]");
        return line[1..^1].Trim();
    }

    private static (string Key, string? Value) SplitKey(string line)
    {
        int equals = line.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? (line, null) : (line[..equals].Trim(), line[(equals + 1)..].Trim());
    }
}
