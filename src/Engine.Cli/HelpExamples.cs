// What help shows behind its own text: examples by command, each with one at least, and the exit codes.

using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Text.RegularExpressions;

namespace Engine.Cli;

/// <summary>Examples at the end of every command's help, and the exit codes below those.</summary>
internal static partial class HelpExamples
{
    private static readonly Dictionary<string, string[]> s_examples = new(StringComparer.Ordinal)
    {
        ["engine"] =
        [
            "engine demo data",
            "engine volume format /tmp/v --size 1GiB && engine bench --filename /tmp/v --rw randwrite --runtime 5",
        ],
        ["engine volume"] = ["engine volume format /tmp/v --size 1GiB", "engine volume info /tmp/v"],
        ["engine volume format"] =
        [
            "engine volume format /tmp/v --size 1GiB",
            "engine volume format /dev/loop0 --object-size 8MiB",
            "engine volume format /dev/nvme1n1 --force",
        ],
        ["engine volume info"] = ["engine volume info /tmp/v", "engine volume info /dev/loop0 --json"],
        ["engine volume check"] = ["engine volume check /tmp/v"],
        ["engine device"] = ["engine device info /dev/loop0"],
        ["engine device info"] = ["engine device info /dev/loop0", "engine device info /tmp/v --engine sync"],
        ["engine bench"] =
        [
            "engine bench --filename /tmp/v --rw randread --bs 4k --iodepth 32 --runtime 5 --time_based",
            "engine bench --filename /tmp/v --rw randrw --rwmixread 70 --fsync 64 --verify crc32c --size 256m",
            "engine bench jobs.fio --cache 256MiB --json",
            "engine bench --filename /tmp/v --rw randread --direct 1",
        ],
        ["engine replay"] =
        [
            "engine replay trace.csv.gz --filename /tmp/v",
            "engine replay trace.csv --filename /dev/loop0 --speed 10 --cache 256MiB",
        ],
        ["engine trace"] = ["engine trace make trace.csv --requests 100000 --span 512MiB"],
        ["engine trace make"] = ["engine trace make trace.csv",
            "engine trace make trace.csv.gz --requests 1000000 --span 32GiB --seed 7"],
        ["engine verify"] = ["engine verify /tmp/v", "engine verify /dev/loop0 --log /var/tmp/loop0.verify"],
        ["engine demo migrate"] = ["engine demo migrate", "engine demo migrate --inodes 100000 --ranks 3 --kill"],
        ["engine fs"] = ["engine fs init /tmp/ns", "engine fs import /tmp/ns /usr --to /usr", "engine fs ls /tmp/ns /usr -l",
            "engine fs ls --map 127.0.0.1:7000 /usr -l"],
        ["engine fs init"] = 
        [
            "engine fs init /tmp/ns",
            "engine fs init /tmp/ns --journal /tmp/ns.journal --journal-size 256MiB",
            "engine fs init /srv/ns --journal /dev/disk/by-id/nvme-journal",
        ],
        ["engine fs mkdir"] = ["engine fs mkdir /tmp/ns /a /b", "engine fs mkdir /tmp/ns /a/b/c -p --mode 700"],
        ["engine fs create"] = ["engine fs create /tmp/ns /a/file", "engine fs create /tmp/ns /a/file --size 1MiB --mode 600"],
        ["engine fs ls"] = ["engine fs ls /tmp/ns", "engine fs ls /tmp/ns /usr -l", "engine fs ls /tmp/ns /usr -R"],
        ["engine fs stat"] = ["engine fs stat /tmp/ns /usr/bin"],
        ["engine fs ln"] = ["engine fs ln /tmp/ns /a/file /a/other", "engine fs ln /tmp/ns -s ../file /a/link"],
        ["engine fs mv"] = ["engine fs mv /tmp/ns /a/file /b/file", "engine fs mv --exchange /tmp/ns /a/live /a/next"],
        ["engine fs rm"] = ["engine fs rm /tmp/ns /a/file", "engine fs rm /tmp/ns -r /a"],
        ["engine fs xattr"] = ["engine fs xattr set /tmp/ns /a user.colour green", "engine fs xattr list /tmp/ns /a"],
        ["engine fs xattr get"] = ["engine fs xattr get /tmp/ns /a user.colour"],
        ["engine fs xattr set"] =
            ["engine fs xattr set /tmp/ns /a user.colour green", "engine fs xattr set /tmp/ns /a dir.pin 0"],
        ["engine fs xattr list"] = ["engine fs xattr list /tmp/ns /a"],
        ["engine fs xattr rm"] = ["engine fs xattr rm /tmp/ns /a user.colour"],
        ["engine fs frag"] = ["engine fs frag split /tmp/ns /a", "engine fs frag merge /tmp/ns /a"],
        ["engine fs frag split"] = ["engine fs frag split /tmp/ns /a", "engine fs frag split /tmp/ns /a --frag '01*' --bits 1"],
        ["engine fs frag merge"] = ["engine fs frag merge /tmp/ns /a", "engine fs frag merge /tmp/ns /a --frag '01*'"],
        ["engine map"] = ["engine map serve --store /srv/ns --listen 127.0.0.1:7000 --ranks 2"],
        ["engine map serve"] =
        [
            "engine map serve --store /srv/ns --listen 127.0.0.1:7000 --ranks 2",
            "engine map serve --store /srv/ns --listen 127.0.0.1:7000 --beacon 200 --grace 1000",
            "engine map serve --store /srv/ns --listen 127.0.0.1:7000 --take-over",
        ],
        ["engine rank"] = ["engine rank serve --map 127.0.0.1:7000 --store /srv/ns"],
        ["engine rank serve"] =
        [
            "engine rank serve --map 127.0.0.1:7000 --store /srv/ns --rank 0",
            "engine rank serve --map 127.0.0.1:7000 --store /srv/ns --listen 10.0.0.2:7010",
            "engine rank serve --map 127.0.0.1:7000 --store /srv/ns --pretouch 1GiB",
        ],
        ["engine mig"] = ["engine mig status /srv/ns/rank-0.control", "engine mig export dir /srv/ns/rank-0.control /usr 1"],
        ["engine mig status"] =
            ["engine mig status /srv/ns/rank-0.control", "engine mig status /srv/ns/rank-0.control --json"],
        ["engine mig subtrees"] = ["engine mig subtrees /srv/ns/rank-0.control"],
        ["engine mig metrics"] = ["engine mig metrics /srv/ns/rank-0.control --json"],
        ["engine mig ops"] = ["engine mig ops /srv/ns/rank-0.control --slow 100 --blocked"],
        ["engine mig sessions"] = ["engine mig sessions /srv/ns/rank-0.control"],
        ["engine mig check"] = ["engine mig check /srv/ns/rank-0.control", "engine mig check /srv/ns/rank-0.control --at-rest"],
        ["engine mig pin"] = ["engine mig pin /srv/ns/rank-0.control /usr 1", "engine mig pin /srv/ns/rank-0.control /usr none"],
        ["engine mig pins"] = ["engine mig pins /srv/ns/rank-0.control"],
        ["engine mig stop"] = ["engine mig stop /srv/ns/rank-2.control"],
        ["engine mig thrash"] = ["engine mig thrash /srv/ns/rank-0.control 10"],
        ["engine mig config"] = ["engine mig config get /srv/ns/rank-0.control"],
        ["engine mig config get"] =
            ["engine mig config get /srv/ns/rank-0.control", "engine mig config get /srv/ns/rank-0.control --json"],
        ["engine mig config set"] = ["engine mig config set /srv/ns/rank-0.control mig.deadline.freeze 500"],
        ["engine mig export"] = ["engine mig export dir /srv/ns/rank-0.control /usr 1 --wait"],
        ["engine mig export dir"] = ["engine mig export dir /srv/ns/rank-0.control /usr 1 --wait"],
        ["engine mig export list"] = ["engine mig export list /srv/ns/rank-0.control --history"],
        ["engine mig export show"] = ["engine mig export show /srv/ns/rank-0.control 0.1.1"],
        ["engine mig export cancel"] = ["engine mig export cancel /srv/ns/rank-0.control 0.1.1"],
        ["engine mig export queue"] = ["engine mig export queue /srv/ns/rank-0.control --clear"],
        ["engine mig export pause"] = ["engine mig export pause /srv/ns/rank-0.control"],
        ["engine mig export resume"] = ["engine mig export resume /srv/ns/rank-0.control"],
        ["engine mig inject"] = ["engine mig inject kill /srv/ns/rank-0.control Export7"],
        ["engine mig inject kill"] = ["engine mig inject kill /srv/ns/rank-0.control Export7"],
        ["engine fs du"] = ["engine fs du /tmp/ns", "engine fs du /tmp/ns /usr -s"],
        ["engine fs import"] =
        [
            "engine fs import /tmp/ns /usr --to /usr", "engine fs import /tmp/ns .",
            "engine fs import /tmp/ns /usr --to /usr --skip-existing",
        ],
        ["engine fs check"] = ["engine fs check /tmp/ns", "engine fs check /tmp/ns --repair", "engine fs check /tmp/ns --cut"],
        ["engine fs dump"] = ["engine fs dump /tmp/ns /usr/bin", "engine fs dump /tmp/ns --journal"],
        ["engine fs churn"] = ["engine fs churn /tmp/ns --seed 1 --log /tmp/ns.log"],
        ["engine demo"] = ["engine demo data"],
        ["engine demo data"] = ["engine demo data", "engine demo data --device /dev/loop0 --destroy --engine aio"],
    };

    /// <summary>Lets the help option show examples too, and answer to nothing that may be a path: <c>/h</c>, <c>/?</c>.
    /// </summary>
    public static void Install(RootCommand root)
    {
        HelpOption usual = root.Options.OfType<HelpOption>().Single();
        root.Options.Remove(usual);
        root.Options.Add(new HelpOption("--help", "-h", "-?")
        {
            Description = usual.Description, Action = new ActionWithExamples((HelpAction)usual.Action!),
        });
    }

    private static string PathOf(Command command)
    {
        if (command is RootCommand)
            return "engine";
        Command? parent = command.Parents.OfType<Command>().FirstOrDefault();
        return parent is null ? command.Name : PathOf(parent) + " " + command.Name;
    }

    [GeneratedRegex(@" \[default: [^\]]*\]")]
    private static partial Regex ParserDefault();

    /// <summary>Help without the parser's defaults, then the examples of the command and the exit codes.</summary>
    internal sealed class ActionWithExamples(HelpAction help) : SynchronousCommandLineAction
    {
        /// <inheritdoc/>
        public override bool ClearsParseErrors => true;

        /// <inheritdoc/>
        public override int Invoke(ParseResult parseResult)
        {
            TextWriter output = parseResult.InvocationConfiguration.Output;
            using var text = new StringWriter();
            parseResult.InvocationConfiguration.Output = text;
            int result = help.Invoke(parseResult);
            parseResult.InvocationConfiguration.Output = output;
            // The descriptions say defaults in the reader's units; the parser's own, such as 67108864, would say them twice.
            output.Write(ParserDefault().Replace(text.ToString(), string.Empty));
            output.WriteLine("Examples:");
            foreach (string example in s_examples[PathOf(parseResult.CommandResult.Command)])
                output.WriteLine("  " + example);
            output.WriteLine();
            output.WriteLine(
                "Exit codes: 0 ok, 1 failure found, 2 usage, 3 environment, 130 interrupted (SIGINT), 143 ended (SIGTERM)");
            return result;
        }
    }
}
