// Scripts with the errno that each statement must get; what agrees with ext4 was compared with it.
using Engine.Buffers;

namespace Engine.Simulation.Tests;

/// <summary>The reference namespace; its answers agree with ext4 where this file does not say otherwise.</summary>
public class NamespaceModelTests
{
    [Theory]
    [InlineData("lookup /a = ENOENT; mkdir /a; lookup /a; lookup /a/.; lookup /a/..; lookup /a/b = ENOENT")]
    [InlineData("mkdir /a; mkdir /a = EEXIST; create /a = EEXIST; symlink /a x = EEXIST; mkdir /a/. = EEXIST; "
        + "mkdir /. = EEXIST")]
    [InlineData("create /f; mkdir /f/d = ENOTDIR; lookup /f/x = ENOTDIR; unlink /f/x = ENOTDIR; mkdir /n/d = ENOENT")]
    [InlineData("touch /f; touch /f; mkdir /d; touch /d = EISDIR; symlink /l = ENOENT; ls / d f")]
    public void NamesAreMadeOnce(string script) => Assert.True(new NamespaceScript().Run(script).Model.InodeCount > 1);

    [Theory]
    [InlineData("mkdir /a; mkdir /a/b; mkdir /a/c; create /a/f; stat /a nlink=4; stat / nlink=3; rmdir /a/b; "
        + "stat /a nlink=3")]
    [InlineData("create /f; link /f /g; stat /g nlink=2; unlink /f; stat /g nlink=1; link /g /g = EEXIST; "
        + "link /x /y = ENOENT")]
    [InlineData("mkdir /d; link /d /e = EPERM; create /f; link /f /d = EEXIST; link /f /n/g = ENOENT; stat /f nlink=1")]
    [InlineData("mkdir /a; mkdir /b; mkdir /a/d; rename /a/d /b/d; stat /a nlink=2; stat /b nlink=3; "
        + "lookup /b/d/..; ls /b d")]
    [InlineData("symlink /l target; stat /l size=6 kind=Symlink mode=777 nlink=1; link /l /m; stat /m nlink=2")]
    [InlineData("create /f 644; truncate /f 10; stat /f size=10 mode=644; truncate /f -1 = EINVAL; "
        + "truncate /f 0; stat /f size=0")]
    [InlineData("mkdir /d; truncate /d 0 = EISDIR; create /f; truncate /f 17592186044416 = EFBIG; stat /f size=0")]
    public void CountsAndSizesFollow(string script) =>
        Assert.True(new NamespaceScript().Run(script).Model.Exists(NamespaceModel.Root));

    [Theory]
    [InlineData("unlink /a = ENOENT; mkdir /a; unlink /a = EISDIR; unlink /a/. = EISDIR; rmdir /a; rmdir /a = ENOENT")]
    [InlineData("create /f; rmdir /f = ENOTDIR; unlink /f; unlink /f = ENOENT; ls /")]
    [InlineData("mkdir /a; create /a/f; rmdir /a = ENOTEMPTY; rmdir /a/. = EINVAL; rmdir /a/.. = ENOTEMPTY; "
        + "unlink /a/f; rmdir /a")]
    public void RemovalMindsTheKind(string script) => Assert.Equal(1, new NamespaceScript().Run(script).Model.InodeCount);

    [Theory]
    [InlineData("rename /a /b = ENOENT; create /a; rename /a /b; ls / b; rename /b /b; ls / b; rename /b /n/c = ENOENT")]
    [InlineData("mkdir /a; mkdir /a/b; rename /a /a/c = EINVAL; rename /a /a/b = EINVAL; rename /a/b /a = ENOTEMPTY")]
    [InlineData("mkdir /a; mkdir /a/b; mkdir /a/b/c; rename /a/b/c /a = ENOTEMPTY; rename /a /a/b/c/d = EINVAL; "
        + "rename /a/. /x = EBUSY")]
    [InlineData("create /f; mkdir /d; rename /f /d = EISDIR; rename /d /f = ENOTDIR; rename /f /f/x = ENOTDIR; ls / d f")]
    [InlineData("mkdir /a; mkdir /b; create /b/f; rename /a /b = ENOTEMPTY; unlink /b/f; rename /a /b; ls / b; "
        + "stat / nlink=3")]
    [InlineData("create /f; create /g; rename /f /g; ls / g; create /h; rename /g /h no = EEXIST; "
        + "rename /g /i no; ls / h i")]
    [InlineData("create /f; mkdir /a; create /a/g 600; rename /f /a/g both; ls / a f; ls /a g; stat /f mode=600; "
        + "rename /f /n both = ENOENT; rename /n /f both = ENOENT")]
    [InlineData("create /f; mkdir /a; mkdir /a/d; create /a/d/x; rename /f /a/d both; ls /f x; stat / nlink=4; stat /a nlink=2; "
        + "rename /f /f/x both = EINVAL; rename /f/x /f both = EINVAL; lookup /f/..; rename /f/. /a both = EBUSY")]
    [InlineData("mkdir /a; mkdir /b; create /b/g; rename /a /b both; ls /a g; ls /b; create /f; link /f /k; "
        + "rename /f /k both; stat /f nlink=2")]
    [InlineData("create /f; link /f /g; rename /f /g; ls / f g; stat /f nlink=2")]
    [InlineData("create /f; create /g; link /g /h; rename /f /g; stat /h nlink=1; stat /g nlink=1")]
    public void RenameReplacesWhatItMay(string script) => Assert.True(new NamespaceScript().Run(script).Model.InodeCount >= 2);

    [Theory]
    [InlineData("mkdir /d 755; as 1000; create /d/f = EACCES; mkdir /d/e = EACCES; symlink /d/l x = EACCES; "
        + "lookup /d/f = ENOENT")]
    [InlineData("mkdir /d 700; create /d/f; as 1000; lookup /d/f = EACCES; ls /d = EACCES; stat /d mode=700; "
        + "create /d/f = EACCES")]
    [InlineData("mkdir /d 755; create /d/f; as 1000; create /d/f = EEXIST; unlink /d/f = EACCES; rename /d/f /d/g = EACCES")]
    [InlineData("mkdir /t 1777; as 1000; create /t/f; as 1001; unlink /t/f = EPERM; rename /t/f /t/g = EPERM; "
        + "as 1000; unlink /t/f")]
    [InlineData("mkdir /w 777; as 1000; create /w/f 600; chmod /w/f 644; as 1001; chmod /w/f 600 = EPERM; "
        + "truncate /w/f 1 = EACCES")]
    [InlineData("mkdir /w 777; as 1000; create /w/f; chown /w/f 1001 = EPERM; chown /w/f 1000; as 0; "
        + "chown /w/f 1001; stat /w/f uid=1001")]
    [InlineData("mkdir /g; chown /g 5; chmod /g 2775; mkdir /g/d 755; create /g/f 644; "
        + "stat /g/d mode=2755 gid=5; stat /g/f gid=5")]
    [InlineData("mkdir /w 777; as 1000; mkdir /w/d 555; as 0; mkdir /x 777; as 1000; rename /w/d /x/d = EACCES; "
        + "rename /w/d /w/e")]
    [InlineData("mkdir /w 777; create /w/f 6755; as 1000; truncate /w/f 1 = EACCES; as 0; chown /w/f 1000; "
        + "stat /w/f mode=755")]
    public void PermissionsAreMinded(string script) =>
        Assert.True(new NamespaceScript().Run(script).Model.Exists(NamespaceModel.Root));

    [Theory]
    [InlineData("mkdir /a; create /a/f; symlink /l a; stat /l/f size=0; ls /l f; mkdir /l/d; ls /a d f; "
        + "symlink /m /l/d; stat /m/. nlink=2")]
    [InlineData("symlink /a b; symlink /b a; stat /a/x = ELOOP; ls /a = ELOOP; stat /a size=1; unlink /a; "
        + "symlink /d nowhere; ls /d = ENOENT")]
    [InlineData("create /f; symlink /l f; stat /l/ = ENOTDIR; stat /f/ = ENOTDIR; mkdir /d; stat /d/ nlink=2; "
        + "chmod /l 600; stat /f mode=600")]
    public void LinksAreFollowed(string script) => Assert.True(new NamespaceScript().Run(script).Model.InodeCount > 2);

    [Theory]
    [InlineData("create /f; getxattr /f user.a x = ENODATA; setxattr /f user.a 1; getxattr /f user.a 1; "
        + "setxattr /f user.a 2 Create = EEXIST")]
    [InlineData("create /f; setxattr /f user.a 1 Replace = ENODATA; setxattr /f user.a 1; "
        + "setxattr /f user.a 2 Replace; getxattr /f user.a 2")]
    [InlineData("create /f; rmxattr /f user.a = ENODATA; setxattr /f user.a 1; rmxattr /f user.a; "
        + "getxattr /f user.a x = ENODATA")]
    [InlineData("create /f 644; setxattr /f trusted.a 1; as 1000; setxattr /f trusted.a 1 = EPERM; "
        + "getxattr /f trusted.a x = ENODATA")]
    [InlineData("create /f 644; as 1000; setxattr /f user.a 1 = EACCES; setxattr /f dir.pin 1 = EPERM; as 0; "
        + "setxattr /f dir.pin 1")]
    [InlineData("create /f; setxattr /f user.a *65536; setxattr /f user.a *65537 = E2BIG; mkdir /d; setxattr /d user.a 1")]
    public void ExtendedAttributes(string script) => Assert.True(new NamespaceScript().Run(script).Model.InodeCount > 1);

    [Fact]
    public void LongNamesAreRefusedByTheirBytes()
    {
        string fits = new('a', 255);
        string tooLong = new('a', 256);
        string wide = string.Concat(Enumerable.Repeat("é", 128));
        new NamespaceScript().Run(
            $"create /{fits}; create /{tooLong} = ENAMETOOLONG; lookup /{tooLong} = ENAMETOOLONG; mkdir /{wide} = ENAMETOOLONG; "
            + $"rename /{fits} /{tooLong} = ENAMETOOLONG; symlink /l {new string('x', 4096)} = ENAMETOOLONG; ls / {fits}");
        var model = new NamespaceModel();
        string deep = string.Concat(Enumerable.Repeat("/a", 2100));
        Assert.Equal(36, model.Resolve(deep, true, ModelCredential.Root, out _).Errno);
        Assert.Equal(IoError.NoEntry, model.Resolve("", true, ModelCredential.Root, out _));
        string name = new('n', 256);
        Assert.Equal(34, model.SetXattr(NamespaceModel.Root, name, [], XattrMode.Any, ModelCredential.Root).Errno);
    }

    [Fact]
    public void TheLimitOfLinksIsKept() => new NamespaceScript(new NamespaceLimits { LinksMax = 3 }).Run(
        "create /a; link /a /b; link /a /c; link /a /d = EMLINK; unlink /b; link /a /d; stat /a nlink=3");

    [Fact]
    public void AnOpenFileOutlivesItsName()
    {
        var model = new NamespaceModel();
        ModelCredential root = ModelCredential.Root;
        Assert.True(model.Create(NamespaceModel.Root, "f", 0x1A4, root, out ulong ino).IsNone);
        Assert.True(model.Open(ino).IsNone);
        Assert.True(model.Unlink(NamespaceModel.Root, "f", root).IsNone);
        Assert.True(model.Stat(ino, out ModelStat stat).IsNone);
        Assert.Equal(0u, stat.Nlink);
        Assert.Equal(IoError.NoEntry, model.Link(ino, NamespaceModel.Root, "g", root));
        model.Close(ino);
        Assert.Equal(IoError.NoEntry, model.Stat(ino, out _));
    }

    [Fact]
    public void NothingIsMadeInARemovedDirectory()
    {
        var model = new NamespaceModel();
        ModelCredential root = ModelCredential.Root;
        Assert.True(model.Mkdir(NamespaceModel.Root, "d", 0x1ED, root, out ulong ino).IsNone);
        Assert.True(model.Open(ino).IsNone);
        Assert.True(model.Rmdir(NamespaceModel.Root, "d", root).IsNone);
        Assert.Equal(IoError.NoEntry, model.Create(ino, "f", 0x1A4, root, out _));
    }

    [Fact]
    public void GivenNumbersAreKeptAndNeverGivenAgain()
    {
        var model = new NamespaceModel();
        Assert.True(model.Create(NamespaceModel.Root, "f", 0x1A4, ModelCredential.Root, out ulong ino, given: 5000).IsNone);
        Assert.Equal(5000ul, ino);
        Assert.True(model.Create(NamespaceModel.Root, "g", 0x1A4, ModelCredential.Root, out ulong next).IsNone);
        Assert.Equal(5001ul, next);
    }

    [Fact]
    public void TotalsCountEverythingBelow()
    {
        NamespaceModel model = new NamespaceScript().Run(
            "mkdir /a; mkdir /a/b; create /a/f; truncate /a/f 10; create /a/b/g; truncate /a/b/g 5; link /a/f /a/b/h").Model;
        Assert.Equal(new ModelTotals(3, 2, 25), model.Totals(NamespaceModel.Root));
        Assert.Equal(
            [
                "/a Directory 755 0:0 nlink=3 size=0", "/a/b Directory 755 0:0 nlink=2 size=0",
                "/a/b/g File 755 0:0 nlink=1 size=5", "/a/b/h File 755 0:0 nlink=2 size=10", "/a/f File 755 0:0 nlink=2 size=10",
            ],
            model.Dump());
    }

    [Fact]
    public void LinksCanBeProtected()
    {
        var limits = new NamespaceLimits { ProtectsLinks = true };
        new NamespaceScript(limits).Run(
            "mkdir /w 777; create /w/f 600; create /w/g 666; as 1000; link /w/f /w/x = EPERM; link /w/g /w/y; "
            + "link /w/f /w/g = EEXIST");
        new NamespaceScript().Run("mkdir /w 777; create /w/f 600; as 1000; link /w/f /w/x; stat /w/x nlink=2");
        Assert.True(limits.ProtectsLinks);
    }
}
