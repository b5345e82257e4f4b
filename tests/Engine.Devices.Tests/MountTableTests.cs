namespace Engine.Devices.Tests;

public sealed class MountTableTests
{
    private static readonly string[] s_mounts =
    [
        "proc /proc proc rw 0 0",
        "/dev/nvme7n1p2 /srv/my\\040data ext4 rw 0 0",
        "/dev/sdx1 / ext4 rw 0 0", "/dev/sdy /y xfs rw 0 0",
    ];

    private static readonly string[] s_swaps = ["Filename Type Size Used Priority", "/dev/sdz2\tpartition 1 0 -2"];

    [Theory]
    [InlineData("/dev/sdy", "it is mounted on /y (xfs)")]
    [InlineData("/dev/sdx", "its partition /dev/sdx1 is mounted on / (ext4)")]
    [InlineData("/dev/nvme7n1", "its partition /dev/nvme7n1p2 is mounted on /srv/my data (ext4)")]
    [InlineData("/dev/nvme7n1p2", "it is mounted on /srv/my data (ext4)")]
    [InlineData("/dev/nvme7n", null)]
    [InlineData("/dev/sdz2", "it is used as swap")]
    [InlineData("/dev/sdq", null)]
    public void Find_NamesWhoUsesTheDevice(string device, string? expected) =>
        Assert.Equal(expected, MountTable.Find(device, s_mounts, s_swaps));
}
