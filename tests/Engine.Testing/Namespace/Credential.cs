namespace Engine.Testing.Namespace;

/// <summary>On whose behalf an operation runs: an effective user and group, and supplementary groups.</summary>
/// <param name="Name">What scripts call it.</param>
/// <param name="Uid">User; 0 passes every check.</param>
/// <param name="Gid">Group, also of what it creates.</param>
/// <param name="Groups">Supplementary groups.</param>
public sealed record Credential(string Name, uint Uid, uint Gid, uint[] Groups)
{
    /// <summary>The group that alice and bob share.</summary>
    public const uint StaffGid = 2000;

    public static Credential Root { get; } = new("root", 0, 0, []);

    public static Credential Alice { get; } = new("alice", 1000, 1000, [StaffGid]);

    public static Credential Bob { get; } = new("bob", 1001, 1001, [StaffGid]);

    public static Credential Carol { get; } = new("carol", 1002, 1002, []);

    /// <summary>Everybody that scripts know.</summary>
    public static IReadOnlyList<Credential> All { get; } = [Root, Alice, Bob, Carol];

    /// <summary>The credential of a name; null when there is none.</summary>
    public static Credential? Named(string name) => All.FirstOrDefault(who => who.Name == name);
}
