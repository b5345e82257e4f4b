using System.Globalization;
using System.Text.Json.Nodes;
using Engine.Migration;

namespace Engine.Cli.Clusters;

/// <summary>What a rank's migrator is set to, and sets, for operators. Source: migrator specification, 7.6.</summary>
internal static class ConfigAnswers
{
    /// <summary>All settings.</summary>
    public static JsonObject All(Migrator migrator) => Of(migrator, MigrationSetting.All);

    /// <summary>One setting.</summary>
    public static JsonObject One(Migrator migrator, string name) => Of(migrator, [Find("get", name)]);

    /// <summary>Changes one setting.</summary>
    public static JsonObject Set(Migrator migrator, string name, string text)
    {
        MigrationOptions options = migrator.Options;
        MigrationSetting setting = Find("set", name);
        long before = setting.Of(options);
        long value = Change(ref options, name, text);
        migrator.Options = options;
        return new JsonObject { ["name"] = name, ["value"] = value, ["was"] = before, ["unit"] = setting.Unit };
    }

    /// <summary>Refuses a name, or a name and its value, that no rank takes.</summary>
    public static void Check(string[] words)
    {
        var options = new MigrationOptions();
        if (words.Length > 1)
            Change(ref options, words[0], words[1]);
        else if (words.Length > 0)
            Find("get", words[0]);
    }

    private static long Change(ref MigrationOptions options, string name, string text)
    {
        MigrationSetting setting = Find("set", name);
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            && setting.TrySet(ref options, value)
            ? value
            : throw new CliException(
                ExitCode.Usage,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"config set: {name}: {text}: allowed: a number from {setting.Least} to {setting.Most}, in {setting.Unit}"));
    }

    private static MigrationSetting Find(string verb, string name) => MigrationSetting.Find(name)
        ?? throw new CliException(ExitCode.Usage, $"config {verb}: {name}: no such setting; config get shows them all");

    private static JsonObject Of(Migrator migrator, IEnumerable<MigrationSetting> settings) => new()
    {
        ["settings"] = new JsonArray([.. settings.Select(each => (JsonNode?)new JsonObject
        {
            ["name"] = each.Name, ["value"] = each.Of(migrator.Options), ["unit"] = each.Unit, ["least"] = each.Least,
            ["most"] = each.Most, ["default"] = each.Usual, ["meaning"] = each.Meaning,
        })]),
    };
}
